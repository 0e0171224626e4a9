import type { Clock, Timer } from '@stream/core/adapter'

interface Entry {
  dueMs: number
  readonly fn: () => void
  timer: Timer | undefined
}

/**
 * The timers of the broker side: sessions, transactions, upkeep. They run only while a transport is open, so that a log nobody uses
 * keeps no process alive; what fell due meanwhile runs when one opens again. While the log is down its time stands still.
 */
export class BrokerTimers {
  readonly #clock: Clock
  readonly #entries: Set<Entry> = new Set()
  #isUsed = false
  /** Since when the log is down. */
  #downSinceMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `fn` once, `delayMs` from now. */
  after(delayMs: number, fn: () => void): Timer {
    const entry: Entry = { dueMs: this.#clock.monotonicMs() + delayMs, fn, timer: undefined }
    this.#entries.add(entry)
    this.#arm(entry)
    return {
      cancel: () => {
        entry.timer?.cancel()
        this.#entries.delete(entry)
      },
    }
  }

  /** Whether anybody has the log open. */
  setUsed(isUsed: boolean): void {
    this.#isUsed = isUsed
    this.#rearm()
  }

  /** Whether the log is up. */
  setUp(isUp: boolean): void {
    const nowMs = this.#clock.monotonicMs()
    if (isUp && this.#downSinceMs !== undefined) {
      for (const entry of this.#entries) entry.dueMs += nowMs - this.#downSinceMs
    }
    this.#downSinceMs = isUp ? undefined : nowMs
    this.#rearm()
  }

  #rearm(): void {
    for (const entry of this.#entries) {
      entry.timer?.cancel()
      entry.timer = undefined
      this.#arm(entry)
    }
  }

  #arm(entry: Entry): void {
    if (!this.#isUsed || this.#downSinceMs !== undefined) return
    entry.timer = this.#clock.setTimer(Math.max(0, entry.dueMs - this.#clock.monotonicMs()), () => {
      this.#entries.delete(entry)
      entry.fn()
    })
  }
}
