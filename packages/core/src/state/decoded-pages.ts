import { describeThrown, StreamError } from '../errors/index.ts'
import type { MaybePromise } from '../store/index.ts'
import type { RowPages } from '../topology/index.ts'
import type { RowScan } from './row-scan.ts'
import type { TablePartition } from './table-partition.ts'

/** A scan with decoded keys, for as long as its reader may read. */
export class DecodedPages implements RowPages {
  readonly #scan: RowScan
  readonly #rows: TablePartition
  readonly #assertOpen: () => void

  constructor(scan: RowScan, rows: TablePartition, assertOpen: () => void) {
    this.#scan = scan
    this.#rows = rows
    this.#assertOpen = assertOpen
  }

  next(limit: number): MaybePromise<readonly (readonly [unknown, Readonly<unknown>])[]> {
    this.#assertOpen()
    const found = this.#scan.next(limit)
    return found instanceof Promise ? found.then((rows) => this.#decoded(rows)) : this.#decoded(found)
  }

  #decoded(rows: readonly (readonly [Uint8Array, unknown])[]): readonly (readonly [unknown, Readonly<unknown>])[] {
    return rows.map(([keyBytes, value]) => [decodeKey(this.#rows, keyBytes), value as Readonly<unknown>])
  }

  skip(limit: number): MaybePromise<number> {
    this.#assertOpen()
    return this.#scan.skip(limit)
  }

  assertOpen(): void {
    this.#assertOpen()
  }

  close(): void {
    this.#scan.close()
  }
}

function decodeKey({ table, partition }: TablePartition, keyBytes: Uint8Array): unknown {
  try {
    return table.key.deserialize(keyBytes)
  } catch (cause) {
    throw new StreamError({
      code: 'STREAM_DESERIALIZATION_FAILED',
      message: `A stored key of table "${table.name}" (partition ${partition}) could not be decoded by ${table.key.name}: ${describeThrown(cause)}`,
      cause,
      place: { table: table.name, partition },
    })
  }
}
