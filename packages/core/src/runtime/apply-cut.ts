import { type Clock, retryPassing } from '../service/index.ts'
import { type Entry, keepForSnapshots, type TablePartition } from '../state/index.ts'
import type { MaybePromise, RowWrite, Store } from '../store/index.ts'
import type { TopicPartitionOffset } from '../transport/index.ts'
import type { TaskCut } from './task.ts'
import type { Wait } from './waits.ts'

/** Rows that go into a store before the event loop gets a turn. */
const rowsPerSlice = 5000

/** What applying needs of the engine. */
export interface ApplyOptions {
  readonly clock: Clock
  readonly storeOf: (rows: TablePartition) => Store
  /** How long a store may refuse for reasons that pass, such as a full disk. */
  readonly timeoutMs: number
  /** Told before each slice. */
  readonly onSlice: () => void
  /** Steps on with each slice. */
  readonly wait: Wait
}

/**
 * Brings the frozen layers of a committed cut into the stores, in slices: each slice is complete in itself, and only the last one moves
 * the position, so that a crash in between is repaired by rolling forward.
 */
export async function applyCut(
  cut: TaskCut,
  positions: readonly TopicPartitionOffset[],
  options: ApplyOptions,
): Promise<void> {
  for (const { rows, layer } of cut.layers) {
    rows.isFrozenCommitted = true
    const store = options.storeOf(rows)
    const entries = layer.values()
    for (let left = layer.size; left > 0; left -= rowsPerSlice) {
      const isLast = left <= rowsPerSlice
      if (left < layer.size) await new Promise<void>((resolve) => setImmediate(resolve))
      if (!cut.task.isOpen) return
      options.onSlice()
      const slice = nextRows(entries, Math.min(left, rowsPerSlice))
      try {
        await keepForSnapshots(rows, slice)
        await applySlice(cut, rows, store, slice, isLast ? positions : [], options)
      } catch (error) {
        // The partition was closed under the write: whoever opens it next rolls forward from the changelog.
        if (!cut.task.isOpen) return
        throw error
      }
      if (!cut.task.isOpen) return
    }
    rows.dropFrozen()
  }
}

/** Made slice by slice, so that a large cut does not hold an array for each of its rows. */
function nextRows(entries: Iterator<Entry>, count: number): RowWrite[] {
  const rows: RowWrite[] = []
  for (let next = entries.next(); !next.done; next = entries.next()) {
    rows.push([next.value.keyBytes, next.value.bytes])
    if (rows.length === count) break
  }
  return rows
}

async function applySlice(
  cut: TaskCut,
  rows: TablePartition,
  store: Store,
  slice: readonly RowWrite[],
  positions: readonly TopicPartitionOffset[],
  options: ApplyOptions,
): Promise<void> {
  const known = positions.find(
    (position) => position.topic === rows.table.changelog.name && position.partition === rows.partition,
  )
  const changelogOffset = known?.offset ?? rows.store.position?.changelogOffset ?? 0
  const write = { partition: rows.store, rows: slice, position: { changelogOffset, writtenAtMs: options.clock.now() } }
  const { table, partition } = rows
  const place = { task: cut.task.id, table: table.name, partition }
  const attempt = (): MaybePromise<void> => {
    options.wait.step(`the store ${store.name} to take rows of table ${table.name}, partition ${partition}`, place)
    return store.apply([write])
  }
  const giveUpAtMs = options.clock.monotonicMs() + options.timeoutMs
  await retryPassing(attempt, { clock: options.clock, giveUpAtMs, firstPauseMs: 50, signal: cut.task.signal })
}
