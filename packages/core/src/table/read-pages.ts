import type { ByteRange } from '../store/index.ts'
import type { ReadableRows, RowPages } from '../topology/index.ts'
import type { ScanOptions } from './key-range.ts'

/** Rows that are read in one go, where nothing else is said. */
const defaultBatchRows = 256

/** Rows of a range, partition by partition, read in batches; `limit` counts over all of them. */
export async function* readRange<K, V>(
  partitions: readonly ReadableRows<K, V>[],
  range: ByteRange,
  { limit = Number.POSITIVE_INFINITY, batchRows = defaultBatchRows }: ScanOptions,
): AsyncIterableIterator<readonly [K, Readonly<V>]> {
  let left = limit
  // All of them at once: what each shows is from one moment, and so nearly are all.
  const opened: RowPages<K, V>[] = partitions.map((rows) => rows.scan(range))
  try {
    for (const pages of opened) {
      for (;;) {
        const wanted = Math.min(left, Math.max(1, batchRows))
        if (wanted <= 0) return
        const batch = await pages.next(wanted)
        for (const row of batch) {
          pages.assertOpen()
          yield row
        }
        left -= batch.length
        if (batch.length < wanted) break
      }
    }
  } finally {
    for (const pages of opened) pages.close()
  }
}

/** How many rows there are in all partitions. */
export async function countAll(partitions: readonly ReadableRows[]): Promise<number> {
  let count = 0
  for (const rows of partitions) count += await rows.count()
  return count
}

/** How many rows the stores say there are. */
export async function storedRows(partitions: readonly ReadableRows[]): Promise<number> {
  let count = 0
  for (const rows of partitions) count += (await rows.stored()).rows
  return count
}
