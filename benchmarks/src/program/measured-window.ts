import type { ProgramResult } from './program-result.ts'

/** The measured part of a run: it opens when the warm-up is over and closes with the last output. */
export class MeasuredWindow {
  readonly #records: number
  readonly #warmUp: number
  #counted = 0
  #countedAtStart = -1
  #startMs = 0
  #startCpu: NodeJS.CpuUsage | undefined

  constructor(options: { readonly records: number; readonly warmUp: number }) {
    this.#records = options.records
    this.#warmUp = options.warmUp
  }

  /** That many more records have come in. To be called before they are processed. */
  count(records: number): void {
    if (this.#countedAtStart < 0 && this.#counted >= this.#warmUp) this.#open()
    this.#counted += records
  }

  /** That many more records are processed; the other way to count. */
  done(records: number): void {
    this.#counted += records
    if (this.#countedAtStart < 0 && this.#counted >= this.#warmUp) this.#open()
  }

  /** Whether all records of the input have come in. */
  get hasAll(): boolean {
    return this.#counted >= this.#records
  }

  /** Closes the window, now or at the given `performance.now()`, and prints the result. */
  print(endMs: number = performance.now()): void {
    if (this.#startCpu === undefined) throw new Error('the input ended within the warm-up')
    const cpu = process.cpuUsage(this.#startCpu)
    const result: ProgramResult = {
      records: this.#counted - this.#countedAtStart,
      seconds: (endMs - this.#startMs) / 1_000,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }

  #open(): void {
    this.#countedAtStart = this.#counted
    this.#startCpu = process.cpuUsage()
    this.#startMs = performance.now()
  }
}
