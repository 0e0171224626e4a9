import { StreamError } from '../errors/index.ts'
import type { Store, StorePartition } from '../store/index.ts'
import { contractVersion } from '../transport/index.ts'

/** Stands where an app has no tables, and so no store. */
export const absentStore: Store = {
  contract: contractVersion,
  name: 'none',
  supports: { persistent: false, ordered: false, shared: false },
  start: async () => undefined,
  open: (id): Promise<StorePartition> =>
    Promise.reject(
      new StreamError({
        code: 'STREAM_INTERNAL',
        message: `table "${id.table}" was opened in an app without a store`,
        place: { table: id.table, partition: id.partition },
      }),
    ),
  apply: () => undefined,
  close: async () => undefined,
}
