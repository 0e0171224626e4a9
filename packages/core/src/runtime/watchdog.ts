import { StreamError } from '../errors/index.ts'
import type { Clock, Timer } from '../service/index.ts'
import type { Task } from './task.ts'

/** Fails loudly where a partition makes no progress: a record that neither completes nor fails for too long. */
export class Watchdog {
  readonly #clock: Clock
  readonly #progressTimeoutMs: number
  readonly #tasks: () => Iterable<Task>
  readonly #onStalled: (error: StreamError) => void
  #timer: Timer | undefined

  constructor(
    clock: Clock,
    progressTimeoutMs: number,
    tasks: () => Iterable<Task>,
    onStalled: (error: StreamError) => void,
  ) {
    this.#clock = clock
    this.#progressTimeoutMs = progressTimeoutMs
    this.#tasks = tasks
    this.#onStalled = onStalled
  }

  start(): void {
    const everyMs = Math.max(1, Math.min(5000, this.#progressTimeoutMs / 4))
    this.#timer = this.#clock.setTimer(everyMs, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const task of this.#tasks()) {
      if (task.state !== 'running') continue
      const oldest = task.oldestInFlight()
      if (oldest === undefined || nowMs - oldest.startedAtMs < this.#progressTimeoutMs) continue
      const { input, offset } = oldest
      this.#onStalled(
        new StreamError({
          code: 'STREAM_TASK_STALLED',
          message:
            `${input.topic}-${input.partition} makes no progress: the record at offset ${offset} has been in work for ` +
            `${Math.round((nowMs - oldest.startedAtMs) / 1000)} s (progressTimeoutMs ${this.#progressTimeoutMs}). ` +
            'A handler or loop that never settles is the usual cause: give its calls a timeout, or pass them event.signal',
          place: {
            task: task.id,
            topic: input.topic,
            partition: input.partition,
            offset,
            consumer: task
              .consumersOf(input)
              .map(({ name }) => name)
              .join(', '),
          },
        }),
      )
    }
  }
}
