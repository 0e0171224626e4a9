import { sleep, systemClock } from '@stream/core/adapter'

/** Growing pauses between attempts, with a random part so that many clients do not return at the same moment. */
export class Backoff {
  private readonly firstMs: number
  private readonly maxMs: number
  private nextMs: number

  constructor(firstMs: number = 20, maxMs: number = 1000) {
    this.firstMs = firstMs
    this.maxMs = maxMs
    this.nextMs = firstMs
  }

  /** Resolves after the pause, or at once when `signal` aborts. */
  async wait(signal?: AbortSignal, atMostMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    const pauseMs = this.nextMs * (0.75 + Math.random() * 0.5)
    this.nextMs = Math.min(this.nextMs * 2, this.maxMs)
    await sleep(systemClock, Math.max(1, Math.min(pauseMs, atMostMs)), signal)
  }

  reset(): void {
    this.nextMs = this.firstMs
  }
}
