import type { Clock, Timer } from '../service/index.ts'

/** Cuts every so often, counted from start to start, and never two at a time. */
export class CutTimer {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #cut: () => Promise<void>
  #timer: Timer | undefined
  #isStopped = false

  constructor(clock: Clock, intervalMs: number, cut: () => Promise<void>) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#cut = cut
  }

  start(delayMs: number = this.#intervalMs): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.setTimer(delayMs, () => {
      const startedAtMs = this.#clock.monotonicMs()
      void this.#cut().then(() => {
        this.start(Math.max(0, this.#intervalMs - (this.#clock.monotonicMs() - startedAtMs)))
      })
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }
}
