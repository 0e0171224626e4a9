import { StreamError } from '../errors/index.ts'
import type { Entry, RowId } from './entry.ts'
import { rowIdOfBytes } from './row-key.ts'
import type { Scope } from './scope.ts'
import { separateBytes } from './separate-bytes.ts'
import type { TablePartition } from './table-partition.ts'

const pageRows = 256

/** Rows that are not in the store yet, as a reader sees them: its own scope over the active layer over the frozen one. */
function overlayOf(rows: TablePartition, scope: Scope | undefined): Map<RowId, Entry> {
  const overlay = new Map<RowId, Entry>()
  const put = (entry: Entry): void => {
    overlay.set(rowIdOfBytes(entry.keyBytes), entry)
  }
  if (scope !== undefined || rows.isFrozenCommitted) rows.frozen?.forEach(put)
  if (scope !== undefined) {
    for (const entry of rows.active.values()) {
      put(entry)
      if (entry.owner !== undefined) {
        if (scope.dependsOn === undefined) scope.dependsOn = new Set()
        scope.dependsOn.add(entry.owner)
      }
    }
    for (const write of scope.writes) if (write.table === rows) put(write.entry)
  }
  return overlay
}

/**
 * All rows in byte order of the keys, those staged since the scan began excepted. With a scope: as its record sees them; without:
 * committed ones. The store is read in pages, so that a large table stays out of memory.
 */
export async function* scanRows(
  rows: TablePartition,
  scope: Scope | undefined,
): AsyncIterableIterator<readonly [Uint8Array, unknown]> {
  const store = rows.store
  if (store.range === undefined) {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `Table "${rows.table.name}" cannot be iterated: its store keeps no order. Use an ordered store for this table`,
      place: { table: rows.table.name },
    })
  }
  const overlay = overlayOf(rows, scope)
  const staged = [...overlay.values()].sort((a, b) => Buffer.compare(a.keyBytes, b.keyBytes))
  let next = 0
  let from: Uint8Array | undefined
  for (;;) {
    const page = await store.range(from === undefined ? {} : { gte: from }, pageRows)
    for (const [key, bytes] of page) {
      while (next < staged.length && Buffer.compare(staged[next]!.keyBytes, key) < 0) {
        const entry = staged[next++]!
        if (entry.bytes !== null) yield [entry.keyBytes, separateBytes(entry.value)]
      }
      if (!overlay.has(rowIdOfBytes(key))) yield [key, rows.decode(bytes)]
    }
    if (page.length < pageRows) break
    const last = page[page.length - 1]![0]
    from = new Uint8Array(last.length + 1)
    from.set(last)
  }
  for (; next < staged.length; next++) {
    const entry = staged[next]!
    if (entry.bytes !== null) yield [entry.keyBytes, separateBytes(entry.value)]
  }
}
