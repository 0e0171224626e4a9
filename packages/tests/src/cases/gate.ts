/** Holds work of a handler until the test opens it. */
export class Gate {
  readonly #opened: Promise<void>
  #open: () => void = () => undefined

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  /** Waits until the gate is open. */
  pass(): Promise<void> {
    return this.#opened
  }

  open(): void {
    this.#open()
  }
}

/** Counts what happens, and lets the test wait for the count. */
export class Counter {
  count = 0
  #waiting: { readonly least: number; readonly resolve: () => void }[] = []

  add(): void {
    this.count++
    const due = this.#waiting.filter(({ least }) => this.count >= least)
    this.#waiting = this.#waiting.filter(({ least }) => this.count < least)
    for (const { resolve } of due) resolve()
  }

  /** Resolves as soon as it has happened that often. */
  reach(least: number): Promise<void> {
    if (this.count >= least) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ least, resolve }))
  }
}
