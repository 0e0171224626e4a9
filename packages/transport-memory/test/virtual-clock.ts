import type { Clock, Timer } from '@stream/core/adapter'

interface Entry {
  readonly dueMs: number
  readonly order: number
  readonly fn: () => void
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #entries: Set<Entry> = new Set()
  readonly #startMs: number

  constructor(startMs: number = 1_700_000_000_000) {
    this.#startMs = startMs
  }

  now(): number {
    return this.#startMs + Math.floor(this.#nowMs)
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  get timers(): number {
    return this.#entries.size
  }

  setTimer(delayMs: number, fn: () => void): Timer {
    const entry: Entry = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fn }
    this.#entries.add(entry)
    return { cancel: () => this.#entries.delete(entry) }
  }

  /** Lets time pass, timer by timer; what a timer sets off settles before the next one. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    await settle()
    for (;;) {
      let next: Entry | undefined
      for (const entry of this.#entries) {
        if (entry.dueMs > untilMs) continue
        if (next === undefined || entry.dueMs < next.dueMs || (entry.dueMs === next.dueMs && entry.order < next.order))
          next = entry
      }
      if (next === undefined) break
      this.#entries.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.fn()
      await settle()
    }
    this.#nowMs = untilMs
  }
}

/** Lets every promise that can settle do so: the event loop turns only when no microtask is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
