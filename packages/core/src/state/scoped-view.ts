import type { ByteRange } from '../store/index.ts'
import type { Entry, Layer } from './entry.ts'
import type { OrderedKeys } from './ordered-keys.ts'
import type { ScanView } from './row-scan.ts'
import { isWithin, ScannedRange } from './scanned-range.ts'
import type { Scope } from './scope.ts'
import type { TablePartition } from './table-partition.ts'

/** A scan of a record: its own writes over the active layer over the frozen one. Who writes into what it has read, conflicts with it. */
export class ScopedView implements ScanView {
  readonly #rows: TablePartition
  readonly #scope: () => Scope
  readonly #scanned: ScannedRange

  /** `scope`: the record's, which may be another one after it has let go of the turn. */
  constructor(rows: TablePartition, range: ByteRange, scope: () => Scope) {
    this.#rows = rows
    this.#scope = scope
    this.#scanned = new ScannedRange(range)
    scope().noteRead(rows, this.#scanned)
  }

  staged(range: ByteRange): readonly Iterator<Entry, void>[] {
    const rows = this.#rows
    const staged: Iterator<Entry, void>[] = []
    if (rows.frozen !== undefined) staged.push(entriesOf(rows.frozen, rows.orderOfFrozen(), range))
    if (rows.active.size > 0) staged.push(entriesOf(rows.active, rows.orderOfActive(), range))
    const { writes } = this.#scope()
    if (writes.length > 0) staged.push(this.#own(range))
    return staged
  }

  #own(range: ByteRange): Iterator<Entry, void> {
    const last: Layer = new Map()
    for (const { table, id, entry } of this.#scope().writes) {
      if (table === this.#rows && isWithin(range, entry.keyBytes)) last.set(id, entry)
    }
    const sign = range.reverse === true ? -1 : 1
    return [...last.values()].sort((a, b) => Buffer.compare(a.keyBytes, b.keyBytes) * sign).values()
  }

  met(entry: Entry): void {
    const scope = this.#scope()
    if (entry.owner === undefined || entry.owner === scope) return
    if (scope.dependsOn === undefined) scope.dependsOn = new Set()
    scope.dependsOn.add(entry.owner)
  }

  reached(last: Uint8Array | undefined): void {
    this.#scanned.reach(last)
  }

  close(): void {}
}

/** Entries of a layer in the order of the range. */
export function* entriesOf(layer: Layer, order: OrderedKeys, range: ByteRange): Generator<Entry, void> {
  for (const { id } of order.within(range)) {
    const entry = layer.get(id)
    if (entry !== undefined) yield entry
  }
}
