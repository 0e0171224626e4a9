/** Choices of a trial that a seed repeats. */
export class Schedule {
  readonly seed: number
  #state: number

  /** `STREAM_TRIAL_SEED` repeats the schedule of a failed trial. */
  constructor(seed: number = Number(process.env.STREAM_TRIAL_SEED ?? Math.floor(Math.random() * 2 ** 31))) {
    this.seed = seed
    this.#state = seed | 0
  }

  /** From 0 up to, not including, 1 (a xorshift generator over 32 bits). */
  next(): number {
    let x = this.#state || 0x2545f491
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return (Math.imul(x, 0x9e3779b1) >>> 0) / 2 ** 32
  }

  /** An integer between the two, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => [this.next(), item] as const)
    return keyed.sort(([a], [b]) => a - b).map(([, item]) => item)
  }
}
