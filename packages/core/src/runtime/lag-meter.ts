import type { LagEvent } from '../sensor/index.ts'
import type { Clock, Timer } from '../service/index.ts'
import type { Reader, TopicPartition } from '../transport/index.ts'
import { partitionKey } from './owned-tasks.ts'
import type { Task } from './task.ts'

/** What the meter needs of the engine. */
export interface LagMeterOptions {
  readonly clock: Clock
  readonly reader: Pick<Reader, 'endOffsets'>
  readonly intervalMs: number
  readonly tasks: () => Iterable<Pick<Task, 'id' | 'inputs'>>
  readonly onLag: (event: LagEvent) => void
}

/** Reads from time to time how far every input is behind its log, and whether transactions hold the log back. */
export class LagMeter {
  readonly #options: LagMeterOptions
  /** Where the stable offset stood, and since when, while the end was beyond it. */
  readonly #held = new Map<string, { readonly stable: number; readonly sinceMs: number }>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: LagMeterOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.setTimer(this.#options.intervalMs, () => {
      // A log that cannot be asked now is asked again next time; whether it is away others tell.
      void this.#read()
        .catch(() => undefined)
        .then(() => this.start())
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #read(): Promise<void> {
    const { reader, tasks } = this.#options
    const partitions = [...tasks()].flatMap(({ inputs }) =>
      inputs.map(({ topic, partition }): TopicPartition => ({ topic, partition })),
    )
    if (partitions.length === 0) return
    // In this order: what is appended in between makes the end too far at most, never the stable offset.
    const stable = await offsetsBy(reader, partitions, 'read_committed')
    const ends = await offsetsBy(reader, partitions, 'read_uncommitted')
    if (this.#isStopped) return
    const seen = new Set<string>()
    for (const task of tasks()) {
      for (const input of task.inputs) {
        const key = partitionKey(input)
        const stableOffset = stable.get(key)
        const endOffset = ends.get(key)
        if (stableOffset === undefined || endOffset === undefined) continue
        seen.add(key)
        const position = input.tracker.position
        const sinceTimestamp = input.oldestWaitingTimestamp
        this.#options.onLag({
          task: task.id,
          topic: input.topic,
          partition: input.partition,
          position,
          committedOffset: input.committed,
          stableOffset,
          endOffset,
          records: Math.max(0, endOffset - position),
          ...(position >= endOffset ? { timeMs: 0 } : this.#timeBehind(sinceTimestamp)),
          heldBackMs: this.#heldBackMs(key, stableOffset, endOffset),
        })
      }
    }
    for (const key of this.#held.keys()) if (!seen.has(key)) this.#held.delete(key)
  }

  #timeBehind(timestamp: number | undefined): { readonly timeMs?: number } {
    return timestamp === undefined ? {} : { timeMs: Math.max(0, this.#options.clock.now() - timestamp) }
  }

  #heldBackMs(key: string, stable: number, end: number): number {
    const nowMs = this.#options.clock.monotonicMs()
    const known = this.#held.get(key)
    if (stable >= end) this.#held.delete(key)
    else if (known?.stable !== stable) this.#held.set(key, { stable, sinceMs: nowMs })
    else return nowMs - known.sinceMs
    return 0
  }
}

async function offsetsBy(
  reader: Pick<Reader, 'endOffsets'>,
  partitions: readonly TopicPartition[],
  isolation: 'read_committed' | 'read_uncommitted',
): Promise<ReadonlyMap<string, number>> {
  const offsets = await reader.endOffsets(partitions, isolation)
  return new Map(offsets.map((one) => [partitionKey(one), one.offset]))
}
