import { StreamError } from '../errors/index.ts'
import type { ByteRange, RowWrite } from '../store/index.ts'
import { Entry, type Layer } from './entry.ts'
import { OrderedKeys } from './ordered-keys.ts'
import type { RowKeeper } from './row-keeper.ts'
import { rowIdOfBytes } from './row-key.ts'
import type { ScanView } from './row-scan.ts'
import { isWithin } from './scanned-range.ts'
import { entriesOf } from './scoped-view.ts'
import type { TablePartition } from './table-partition.ts'

/** Rows from before later cuts that a snapshot keeps at most: who reads slower than that starts again. */
const mostKeptRows = 50_000

/**
 * A scan from outside: the committed rows as they were when it began. Rows that later cuts change are kept as they were, as far as the scan
 * has not come to them yet.
 */
export class SnapshotView implements ScanView, RowKeeper {
  readonly #rows: TablePartition
  /** The layer of a cut that was committed when the scan began, and on its way into the store. */
  readonly #layer: Layer | undefined
  readonly #before: Layer = new Map()
  readonly #order = new OrderedKeys()
  readonly #range: ByteRange
  #last: Uint8Array | undefined
  #isOverrun = false

  constructor(rows: TablePartition, range: ByteRange) {
    this.#rows = rows
    this.#range = range
    this.#layer = rows.isFrozenCommitted ? rows.frozen : undefined
    rows.snapshots.add(this)
  }

  staged(range: ByteRange): readonly Iterator<Entry, void>[] {
    if (this.#isOverrun) throw overrun(this.#rows.table.name)
    const rows = this.#rows
    const staged: Iterator<Entry, void>[] = []
    if (this.#layer !== undefined && rows.frozen === this.#layer) {
      staged.push(entriesOf(this.#layer, rows.orderOfFrozen(), range))
    }
    if (this.#before.size > 0) staged.push(entriesOf(this.#before, this.#order, range))
    return staged
  }

  met(): void {}

  reached(last: Uint8Array | undefined): void {
    this.#last = last ?? this.#last
  }

  /** Whether a row that a cut changes must be kept as it was. */
  wants(layer: Layer | undefined, keyBytes: Uint8Array): boolean {
    if (layer === this.#layer || this.#isOverrun) return false
    if (!isWithin(this.#range, keyBytes)) return false
    if (this.#last === undefined) return true
    const order = Buffer.compare(keyBytes, this.#last)
    return this.#range.reverse === true ? order < 0 : order > 0
  }

  /** Keeps a row as it was. */
  keep(keyBytes: Uint8Array, bytes: Uint8Array | undefined): void {
    const id = rowIdOfBytes(keyBytes)
    if (this.#before.has(id)) return
    this.#before.set(id, new Entry(keyBytes, bytes ?? null, undefined, 0, 0, ''))
    this.#order.add({ id, keyBytes })
    if (this.#before.size <= mostKeptRows) return
    this.#isOverrun = true
    this.close()
  }

  close(): void {
    this.#rows.snapshots.delete(this)
  }
}

/** Keeps what open snapshots still need of the rows that a cut is about to change. */
export function keepForSnapshots(rows: TablePartition, writes: readonly RowWrite[]): void | Promise<void> {
  if (rows.snapshots.size === 0) return
  const wanting = [...rows.snapshots]
  const keys = writes.map(([key]) => key).filter((key) => wanting.some((snapshot) => snapshot.wants(rows.frozen, key)))
  if (keys.length === 0) return
  const put = (found: readonly (Uint8Array | undefined)[]): void => {
    for (const snapshot of rows.snapshots) {
      for (const [index, key] of keys.entries()) {
        if (snapshot.wants(rows.frozen, key)) snapshot.keep(key, found[index])
      }
    }
  }
  const found = rows.store.getMany(keys)
  return found instanceof Promise ? found.then(put) : put(found)
}

function overrun(table: string): StreamError {
  return new StreamError({
    code: 'STREAM_TIMEOUT',
    message: `Rows of table "${table}" were read so slowly that ${mostKeptRows} of them changed meanwhile; read them in smaller ranges, or do less between two rows`,
    place: { table },
  })
}
