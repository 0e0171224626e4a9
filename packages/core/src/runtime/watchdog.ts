import { StreamError } from '../errors/index.ts'
import type { Clock, Timer } from '../service/index.ts'
import type { Task } from './task.ts'
import type { OpenWait, Waits } from './waits.ts'

/** What the watchdog watches. */
export interface WatchdogOptions {
  readonly clock: Clock
  readonly progressTimeoutMs: number
  /** The most that anything may take while the broker is away. */
  readonly taskTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly tasks: () => Iterable<Task>
  readonly waits: Waits
  /** Since the broker last confirmed the membership. */
  readonly sinceHeartbeatMs: () => number
  readonly onStalled: (error: StreamError) => void
}

/**
 * Fails loudly where there is no progress: a record that neither completes nor fails, a commit, a store, a recovery or a poll that never
 * answers. While the broker is away nothing that waits is blamed for it before `taskTimeoutMs`.
 */
export class Watchdog {
  readonly #options: WatchdogOptions
  /** When the broker was last found to be away. */
  #awayAtMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, progressTimeoutMs } = this.#options
    const everyMs = Math.max(1, Math.min(5000, progressTimeoutMs / 4))
    this.#timer = clock.setTimer(everyMs, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    const { clock, tasks, waits } = this.#options
    const nowMs = clock.monotonicMs()
    if (this.#isBrokerAway()) this.#awayAtMs = nowMs
    for (const task of tasks()) this.#lookAtRecords(task, nowMs)
    for (const wait of waits.open) this.#lookAtWait(wait, nowMs)
  }

  /** No word for as long as a session lasts, or for as long as matters here, but never for want of one late heartbeat. */
  #isBrokerAway(): boolean {
    const { progressTimeoutMs, sessionTimeoutMs, heartbeatIntervalMs } = this.#options
    const longMs = Math.max(2 * heartbeatIntervalMs, Math.min(sessionTimeoutMs, progressTimeoutMs / 2))
    return this.#options.sinceHeartbeatMs() > longMs
  }

  #lookAtRecords(task: Task, nowMs: number): void {
    const { progressTimeoutMs } = this.#options
    if (task.state !== 'running') return
    const oldest = task.oldestInFlight()
    if (oldest === undefined || nowMs - oldest.startedAtMs < progressTimeoutMs) return
    const { input, offset } = oldest
    this.#options.onStalled(
      new StreamError({
        code: 'STREAM_TASK_STALLED',
        message:
          `${input.topic}-${input.partition} makes no progress: the record at offset ${offset} has been in work for ` +
          `${seconds(nowMs - oldest.startedAtMs)} (progressTimeoutMs ${progressTimeoutMs}). ` +
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

  #lookAtWait({ what, place, sinceMs, ownMs }: OpenWait, nowMs: number): void {
    const { progressTimeoutMs, taskTimeoutMs } = this.#options
    const waitedMs = nowMs - sinceMs
    const sinceBackMs = nowMs - Math.max(sinceMs, this.#awayAtMs)
    const isStalled =
      sinceBackMs >= progressTimeoutMs + ownMs || waitedMs >= Math.max(taskTimeoutMs, progressTimeoutMs) + ownMs
    if (!isStalled) return
    this.#options.onStalled(
      new StreamError({
        code: 'STREAM_TASK_STALLED',
        message:
          `No progress: for ${seconds(waitedMs)} the app has been waiting for ${what} (progressTimeoutMs ${progressTimeoutMs}). ` +
          'What it waits for hangs, or its client does; a restart goes on from the last commit',
        place,
      }),
    )
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
