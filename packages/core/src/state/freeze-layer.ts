import type { Entry, Layer, RowId, RowUser } from './entry.ts'
import type { Scope } from './scope.ts'
import type { TablePartition } from './table-partition.ts'

/**
 * Freezes what belongs to the prefix of a cut and leaves the rest active. `remaining` are the completed scopes that stay apart; every
 * other row of the active layer is part of the prefix.
 */
export function freezeLayer(rows: TablePartition, remaining: ReadonlySet<Scope>): Layer | undefined {
  const frozen = rows.active
  if (frozen.size === 0) return undefined
  const active: Layer = new Map()
  rows.stagedBytes = 0
  const touched = new Set<RowId>()
  for (const scope of remaining) {
    for (const write of scope.writes) if (write.table === rows) touched.add(write.id)
  }
  for (const id of touched) splitRow(rows, frozen, active, id, remaining)
  for (const entry of frozen.values()) {
    entry.owner = undefined
    entry.under = undefined
  }
  rows.active = active
  rows.exchangeOrders()
  if (frozen.size === 0) return undefined
  rows.frozen = frozen
  return frozen
}

/** The entries of a row stand in order of completion, so those of remaining scopes are on top (they depend on nothing above). */
function splitRow(
  rows: TablePartition,
  frozen: Layer,
  active: Layer,
  id: RowId,
  remaining: ReadonlySet<RowUser>,
): void {
  const top = frozen.get(id)
  if (top === undefined) return
  let kept: Entry | undefined
  let settled: Entry | undefined = top
  while (settled?.owner !== undefined && remaining.has(settled.owner)) {
    kept = settled
    rows.stagedBytes += settled.sizeBytes
    settled = settled.under
  }
  if (kept === undefined) return
  kept.under = undefined
  active.set(id, top)
  if (settled === undefined) frozen.delete(id)
  else frozen.set(id, settled)
}
