import type { Clock, Timer } from '@stream/core/adapter'

/** The clock as one worker has it: its timers die with the worker, as those of a process do. */
export class WorkerClock implements Clock {
  readonly #clock: Clock
  readonly #timers: Set<Timer> = new Set()
  #isDead = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  setTimer(delayMs: number, fn: () => void): Timer {
    if (this.#isDead) return { cancel: () => undefined }
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      fn()
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        this.#timers.delete(timer)
        timer.cancel()
      },
    }
  }

  /** No timer of this worker fires any more. */
  kill(): void {
    this.#isDead = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}
