import { Entry, type RowUser, rowIdOfBytes, type TablePartition } from '../state/index.ts'
import type { MaybePromise } from '../store/index.ts'
import { streamTimeKey } from '../topology/index.ts'

/** A record whose timestamp was higher than those before it in its input. */
interface TimeStep {
  readonly offset: number
  readonly timeMs: number
}

const timeRowId = rowIdOfBytes(streamTimeKey)
/** The task itself: it depends on nobody. */
const writer: RowUser = { input: 0, offset: 0, isConflicted: false, dependsOn: undefined }

/**
 * The stream time of a task: the highest timestamp of its records. Each record sees the time as it was when it began, itself included; what
 * is committed is the time of the settled prefix, so that a record that is processed again meets the time it met before.
 */
export class StreamTime {
  readonly #steps: TimeStep[][]
  readonly #tables: readonly TablePartition[]
  #nowMs: number | undefined
  #settledMs: number | undefined

  /** `tables`: those that keep it, with the time that is committed with them. */
  constructor(inputs: number, tables: readonly TablePartition[]) {
    this.#steps = Array.from({ length: inputs }, () => [])
    this.#tables = tables
    for (const { streamTimeMs } of tables) this.#nowMs = later(this.#nowMs, streamTimeMs)
    this.#settledMs = this.#nowMs
  }

  /** A record begins; the answer is the time up to it. Records without a timestamp have none below zero. */
  advance(input: number, offset: number, timestamp: number): number | undefined {
    if (timestamp < 0) return this.#nowMs
    const steps = this.#steps[input]!
    const last = steps[steps.length - 1]
    if (timestamp > (last?.timeMs ?? this.#settledMs ?? -1)) steps.push({ offset, timeMs: timestamp })
    this.#nowMs = later(this.#nowMs, timestamp)
    return this.#nowMs
  }

  /** Writes the time of the prefix into the tables that keep it; the answer is that time. */
  settle(positions: readonly number[]): number | undefined {
    for (const [input, steps] of this.#steps.entries()) {
      const behind = steps.findIndex(({ offset }) => offset >= positions[input]!)
      const settled = steps.splice(0, behind === -1 ? steps.length : behind)
      this.#settledMs = later(this.#settledMs, settled.at(-1)?.timeMs)
    }
    const settledMs = this.#settledMs
    if (settledMs === undefined) return undefined
    for (const rows of this.#tables) {
      if (settledMs === rows.streamTimeMs) continue
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigUint64(0, BigInt(settledMs))
      rows.apply(timeRowId, new Entry(streamTimeKey, bytes, undefined, 0, 0, 'stream time'), writer, false)
    }
    return settledMs
  }

  /** The cut with this time is committed. */
  committed(settledMs: number | undefined): void {
    for (const rows of this.#tables) rows.streamTimeMs = later(rows.streamTimeMs, settledMs)
  }
}

/** The time that a table's rows were committed with. */
export function restoredTime(rows: TablePartition['store']): MaybePromise<number | undefined> {
  const found = rows.get(streamTimeKey)
  return found instanceof Promise ? found.then(timeOf) : timeOf(found)
}

function timeOf(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined) return undefined
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0))
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.max(one, other)
}
