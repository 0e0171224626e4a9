import type { ByteRange, MaybePromise } from '../store/index.ts'
import type { ReadableRows, RowPages, RowTime } from '../topology/index.ts'
import { countRows } from './count-rows.ts'
import { DecodedPages } from './decoded-pages.ts'
import { encodeKey, rowIdOfBytes } from './row-key.ts'
import { RowScan } from './row-scan.ts'
import { SnapshotView } from './snapshot-view.ts'
import type { TablePartition } from './table-partition.ts'

/** A table partition as it is read from outside: committed rows only; a scan shows them as they were when it began. */
export class CommittedRows implements ReadableRows {
  readonly #rows: TablePartition
  readonly #now: () => number

  constructor(rows: TablePartition, now: () => number) {
    this.#rows = rows
    this.#now = now
  }

  get(key: unknown): MaybePromise<Readonly<unknown> | undefined> {
    const { table } = this.#rows
    const keyBytes = encodeKey(table.key, key, table.name)
    const id = table.key.primitiveIdentity === true ? (key as string | number) : rowIdOfBytes(keyBytes)
    // Values are handed on as they were decoded.
    return this.#rows.query(id, keyBytes) as MaybePromise<Readonly<unknown> | undefined>
  }

  getMany(keys: readonly unknown[]): MaybePromise<readonly (Readonly<unknown> | undefined)[]> {
    const found = keys.map((key) => this.get(key))
    return found.some((value) => value instanceof Promise)
      ? Promise.all(found)
      : (found as readonly (Readonly<unknown> | undefined)[])
  }

  scan(range: ByteRange): RowPages {
    return new DecodedPages(this.#scan(range), this.#rows, () => undefined)
  }

  #scan(range: ByteRange): RowScan {
    return new RowScan(this.#rows, range, new SnapshotView(this.#rows, range))
  }

  async stored(): Promise<{ readonly rows: number; readonly isExact: boolean }> {
    const { rows, exact } = await this.#rows.store.count()
    return { rows, isExact: exact }
  }

  count(): MaybePromise<number> {
    return countRows(this.#rows, new SnapshotView(this.#rows, {}))
  }

  get time(): RowTime {
    return { eventMs: undefined, streamMs: this.#rows.streamTimeMs, wallMs: this.#now() }
  }
}
