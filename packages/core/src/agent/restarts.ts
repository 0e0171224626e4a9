import type { Random } from '../service/index.ts'
import { backoffDelayMs } from './backoff.ts'
import type { Supervision } from './supervision.ts'

/** Counts a loop's own failures against what its supervision allows. */
export class Restarts {
  readonly #supervision: Supervision
  readonly #random: Random
  #failedAtMs: number[] = []
  #inARow = 0

  constructor(supervision: Supervision, random: Random) {
    this.#supervision = supervision
    this.#random = random
  }

  /** How long to wait before the loop starts again; undefined where it may not. `nowMs` is monotonic time. */
  failed(nowMs: number): number | undefined {
    const { maxRestarts, strategy, withinMs } = this.#supervision
    if (strategy === 'crash') return undefined
    if (maxRestarts !== Number.POSITIVE_INFINITY) {
      this.#failedAtMs = this.#failedAtMs.filter((at) => nowMs - at < withinMs)
      this.#failedAtMs.push(nowMs)
      if (this.#failedAtMs.length > maxRestarts) return undefined
    }
    return backoffDelayMs(this.#supervision, this.#inARow++, this.#random)
  }

  /** A record is complete: the loop works. */
  worked(): void {
    this.#inARow = 0
  }
}
