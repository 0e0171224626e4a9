import type { MaybePromise } from '../store/index.ts'
import type { Entry, RowId } from './entry.ts'
import { rowIdOfBytes } from './row-key.ts'
import { RowScan, type ScanView, unordered } from './row-scan.ts'
import type { TablePartition } from './table-partition.ts'

/** Rows that are stepped over in one go. */
const countedRows = 1024

/** All rows, as the view shows them: from the store's own count where it is exact, else one by one. */
export function countRows(rows: TablePartition, view: ScanView): MaybePromise<number> {
  const stored = rows.store.count()
  return stored instanceof Promise
    ? stored.then((count) => countWith(rows, view, count))
    : countWith(rows, view, stored)
}

function countWith(
  rows: TablePartition,
  view: ScanView,
  stored: { readonly rows: number; readonly exact: boolean },
): MaybePromise<number> {
  if (stored.exact) return countOver(rows, view, stored.rows)
  if (rows.store.range === undefined) throw unordered(rows)
  return stepOver(new RowScan(rows, {}, view))
}

/** The store's count, corrected by what lies over it. */
function countOver(rows: TablePartition, view: ScanView, stored: number): MaybePromise<number> {
  const last = new Map<RowId, Entry>()
  for (const source of view.staged({})) {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      last.set(rowIdOfBytes(next.value.keyBytes), next.value)
    }
  }
  view.reached(undefined)
  for (const entry of last.values()) view.met(entry)
  view.close()
  const entries = [...last.values()]
  const added = entries.filter(({ bytes }) => bytes !== null).length
  const hidden = rows.store.getMany(entries.map(({ keyBytes }) => keyBytes))
  const total = (found: readonly (Uint8Array | undefined)[]): number =>
    stored + added - found.filter((bytes) => bytes !== undefined).length
  return hidden instanceof Promise ? hidden.then(total) : total(hidden)
}

async function stepOver(scan: RowScan): Promise<number> {
  let count = 0
  for (;;) {
    const stepped = await scan.skip(countedRows)
    count += stepped
    if (stepped < countedRows) return count
    // A large table must not keep everybody else from their turn.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
