import type { Clock, Timer } from '@stream/core/adapter'

interface Entry {
  readonly dueMs: number
  readonly fn: () => void
  timer: Timer | undefined
}

/**
 * The timers of the broker side: sessions, transactions, upkeep. They run only while a transport is open, so that a log nobody uses
 * keeps no process alive; what fell due meanwhile runs when one opens again.
 */
export class BrokerTimers {
  readonly #clock: Clock
  readonly #entries: Set<Entry> = new Set()
  #running = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `fn` once, `delayMs` from now. */
  after(delayMs: number, fn: () => void): Timer {
    const entry: Entry = { dueMs: this.#clock.monotonicMs() + delayMs, fn, timer: undefined }
    this.#entries.add(entry)
    if (this.#running) this.#arm(entry)
    return {
      cancel: () => {
        entry.timer?.cancel()
        this.#entries.delete(entry)
      },
    }
  }

  resume(): void {
    if (this.#running) return
    this.#running = true
    for (const entry of this.#entries) this.#arm(entry)
  }

  suspend(): void {
    this.#running = false
    for (const entry of this.#entries) {
      entry.timer?.cancel()
      entry.timer = undefined
    }
  }

  #arm(entry: Entry): void {
    entry.timer = this.#clock.setTimer(Math.max(0, entry.dueMs - this.#clock.monotonicMs()), () => {
      this.#entries.delete(entry)
      entry.fn()
    })
  }
}
