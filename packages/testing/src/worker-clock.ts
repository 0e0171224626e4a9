import type { Clock, Timer } from '@stream/core/adapter'

/** The clock as one worker has it: its timers die with the worker, and stand still with it, as those of a process do. */
export class WorkerClock implements Clock {
  readonly #clock: Clock
  readonly #timers: Set<Timer> = new Set()
  /** What fell due while the worker stood still; undefined while it does not. */
  #held: (() => void)[] | undefined
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
    let isOver = false
    const fire = (): void => {
      if (isOver) return
      isOver = true
      this.#timers.delete(timer)
      fn()
    }
    const timer = this.#clock.setTimer(delayMs, () => {
      if (this.#held === undefined) fire()
      else this.#held.push(fire)
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        isOver = true
        this.#timers.delete(timer)
        timer.cancel()
      },
    }
  }

  /** Holds back the timers that fall due from here on. */
  hold(): void {
    this.#held ??= []
  }

  /** Fires what was held back, in its order. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const fire of held) if (!this.#isDead) fire()
  }

  /** No timer of this worker fires any more. */
  kill(): void {
    this.#isDead = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.#held = undefined
  }
}
