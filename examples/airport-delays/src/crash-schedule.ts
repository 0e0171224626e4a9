import type { DemoWorker, Moment } from './demo-worker.ts'

/** The worst moments of a worker, in the order in which it is killed at them, in words. */
const moments: readonly (readonly [Moment, string])[] = [
  ['committing', 'with everything ready to be committed'],
  ['committed', 'when the log had committed and its own table knew nothing of it'],
  ['in transaction', 'while its work was on its way into the log, in a transaction that nobody would end'],
  ['frozen', 'with results that nobody had seen yet'],
  ['applying', 'while rows went into its table'],
  ['applied', 'when everything was done and it had told nobody'],
]

/** How often a worker is killed. */
export const crashCount: number = moments.length

/** Kills a worker again and again, spread over the work it has to do, and starts it again each time. */
export class CrashSchedule {
  readonly #worker: DemoWorker
  readonly #total: number
  readonly #say: (text: string) => void
  #crashed = 0
  #isBusy = false
  #failure: unknown

  /** @param total how much work there is, as counted by {@link CrashSchedule.keepUpWith} */
  constructor(worker: DemoWorker, total: number, say: (text: string) => void) {
    this.#worker = worker
    this.#total = total
    this.#say = say
  }

  /** How often the worker was killed, and came back. */
  get crashed(): number {
    return this.#crashed
  }

  /** Whether the worker is to die, or to come back. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Kills the worker where that is due. Throws what an earlier start failed with. */
  keepUpWith(done: number): void {
    if (this.#failure !== undefined) throw this.#failure
    const moment = moments[this.#crashed]
    const dueAt = ((this.#crashed + 1) * this.#total) / (moments.length + 2)
    if (this.#isBusy || moment === undefined || done < dueAt) return
    this.#isBusy = true
    this.#crash(moment).catch((thrown: unknown) => {
      this.#failure = thrown
    })
  }

  async #crash([moment, when]: readonly [Moment, string]): Promise<void> {
    await this.#worker.crashAt(moment)
    const diedAtMs = performance.now()
    await this.#worker.start()
    this.#say(`  killed ${when} (${moment}); started again in ${(performance.now() - diedAtMs).toFixed(0)} ms`)
    this.#crashed += 1
    this.#isBusy = false
  }
}
