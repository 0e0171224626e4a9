import { type Clock, StreamError, type Timer } from '@stream/core/adapter'
import { letPromisesSettle } from './let-promises-settle.ts'
import { type QueuedTimer, TimerQueue } from './timer-queue.ts'

const defaultStartMs = Date.UTC(2026, 0, 1)
const defaultLimitMs = 3_600_000

/** When {@link VirtualClock.runAll} and {@link VirtualClock.runUntil} stop at the latest. */
export interface RunLimit {
  /** Virtual milliseconds. @default 3600000, an hour */
  readonly limitMs?: number
}

/**
 * Time that passes only when it is told to. Timers fire in the order in which they are due (in the order in which they were set, where
 * that is equal), and what one of them sets off settles before the next one fires: the same program takes the same course every time.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number
  readonly #timers: TimerQueue = new TimerQueue()
  #passedMs = 0
  #order = 0
  #isAdvancing = false

  /** @param startMs what `now()` tells at first, in milliseconds since 1970. Default: the beginning of 2026. */
  constructor(startMs: number = defaultStartMs) {
    this.#startMs = startMs
  }

  now(): number {
    return this.#startMs + Math.floor(this.#passedMs)
  }

  monotonicMs(): number {
    return this.#passedMs
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size
  }

  setTimer(delayMs: number, fn: () => void): Timer {
    const timer: QueuedTimer = {
      dueMs: this.#passedMs + Math.max(0, delayMs),
      order: this.#order,
      fn,
      isCancelled: false,
    }
    this.#order += 1
    this.#timers.add(timer)
    return { cancel: () => this.#timers.cancel(timer) }
  }

  /**
   * Lets time pass, timer by timer. Rejects with what a timer throws, and with `STREAM_STATE_INVALID` while another call is under way,
   * as would be one from inside a handler.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#passedMs + Math.max(0, byMs)
    await this.#run(untilMs, () => false)
    this.#passedMs = Math.max(this.#passedMs, untilMs)
  }

  /** Lets time pass until no timer is set. Rejects as {@link VirtualClock.advance} does, and with `STREAM_TIMEOUT` at its limit. */
  async runAll({ limitMs = defaultLimitMs }: RunLimit = {}): Promise<void> {
    await this.#run(this.#passedMs + limitMs, () => false)
    if (this.#timers.size === 0) return
    throw new StreamError({
      code: 'STREAM_TIMEOUT',
      message: `Timers are set again and again: ${this.#timers.size} were left after ${limitMs} ms of the virtual clock. Use advance() where something is periodic.`,
    })
  }

  /**
   * Lets time pass, no more than it takes, until `isDone` answers true; it is asked whenever everything has settled. Resolves to whether
   * that came within the limit. Rejects as {@link VirtualClock.advance} does.
   */
  runUntil(isDone: () => boolean, { limitMs = defaultLimitMs }: RunLimit = {}): Promise<boolean> {
    return this.#run(this.#passedMs + limitMs, isDone)
  }

  async #run(untilMs: number, isDone: () => boolean): Promise<boolean> {
    if (this.#isAdvancing) throw alreadyAdvancing()
    this.#isAdvancing = true
    try {
      for (;;) {
        await letPromisesSettle()
        if (isDone()) return true
        const next = this.#timers.peek()
        if (next === undefined || next.dueMs > untilMs) return false
        this.#timers.take()
        this.#passedMs = Math.max(this.#passedMs, next.dueMs)
        next.fn()
      }
    } finally {
      this.#isAdvancing = false
    }
  }
}

function alreadyAdvancing(): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message:
      'The virtual clock is advancing already; await the call before, and let code under test wait with setTimer() instead of advancing the clock itself.',
  })
}
