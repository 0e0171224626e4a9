const waitMs = 45_000

/** A count that can be waited for. */
export class Tally {
  count = 0
  readonly #what: () => string
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  /** `what` names the count in the error of who waits in vain. */
  constructor(what: () => string) {
    this.#what = what
  }

  add(): void {
    this.count++
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.count)) resolve()
    this.#waiting = this.#waiting.filter(({ count }) => count > this.count)
  }

  /** Resolves when there are so many; rejects, by name, where that takes longer than 45 s. */
  until(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.#what()}: ${this.count}, not ${count}`)), waitMs)
      this.#waiting.push({
        count,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      })
    })
  }
}
