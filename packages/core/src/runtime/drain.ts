import { type Clock, sleep } from '../service/index.ts'
import type { Task } from './task.ts'

/** The last cut of a drain gets at least this long, whatever the deadline. */
const leastCutMs = 1000

/** The end of a worker's work: nothing new starts, what is in flight comes to its end or is given up at the deadline. */
export class Drain {
  readonly #clock: Clock
  readonly #tasks: () => Iterable<Task>
  #onIdle: (() => void) | undefined
  #isCutting = false

  constructor(clock: Clock, tasks: () => Iterable<Task>) {
    this.#clock = clock
    this.#tasks = tasks
  }

  /** The last cut has not come to its end by the deadline: nothing waits for it, or for one behind it, any more. */
  get isCutOverdue(): boolean {
    return this.#isCutting
  }

  /** Something came to its end. */
  look(): void {
    if (this.#onIdle !== undefined && this.#isIdle()) this.#onIdle()
  }

  /** A halted task waits for nothing: the record that halted it never completes. */
  #isIdle(): boolean {
    for (const task of this.#tasks()) if (task.state === 'draining' && !task.isIdle) return false
    return true
  }

  /** Resolves after the last cut, or at the deadline; false where records were still in flight then. */
  async run(deadlineMs: number, cut: () => Promise<void>): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + deadlineMs
    for (const task of this.#tasks()) if (task.state === 'running') task.state = 'draining'
    if (!this.#isIdle()) {
      const idle = new AbortController()
      this.#onIdle = () => idle.abort()
      await sleep(this.#clock, deadlineMs, idle.signal)
      this.#onIdle = undefined
    }
    const isDone = this.#isIdle()
    const isCut = new AbortController()
    const leftMs = Math.max(leastCutMs, untilMs - this.#clock.monotonicMs())
    this.#isCutting = true
    const cutting = cut().then(() => {
      this.#isCutting = false
    })
    await Promise.race([cutting, sleep(this.#clock, leftMs, isCut.signal)])
    isCut.abort()
    return isDone
  }
}
