import type { StreamError } from '../errors/index.ts'
import type { EngineOptions } from './engine.ts'
import type { EngineSensing } from './engine-sensing.ts'

/** What the tasks are in, by what the engine has of them. */
export interface TaskSituation {
  /** The group has not given partitions, or is taking them away. */
  readonly isRebalancing: boolean
  readonly isRecovering: boolean
}

/** What an engine tells the app about itself: the state that its tasks are in, each change once, and why it failed, once. */
export class EngineStatus {
  readonly #options: Pick<EngineOptions, 'onState' | 'onFailure'>
  readonly #sensing: EngineSensing
  readonly #situation: () => TaskSituation
  readonly #stopping = new AbortController()
  #state: 'rebalancing' | 'recovering' | 'running' | undefined
  #failure: StreamError | undefined

  constructor(
    options: Pick<EngineOptions, 'onState' | 'onFailure'>,
    sensing: EngineSensing,
    situation: () => TaskSituation,
  ) {
    this.#options = options
    this.#sensing = sensing
    this.#situation = situation
  }

  /** Aborts when the engine stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Its states are of no interest any more. */
  stop(): void {
    this.#stopping.abort()
  }

  /** The tasks may be in another state by now. */
  note(): void {
    if (this.stopping.aborted) return
    const { isRebalancing, isRecovering } = this.#situation()
    const state = isRebalancing ? 'rebalancing' : isRecovering ? 'recovering' : 'running'
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }

  /** Ends the app as failed; the first cause counts. `isTold`: sensors know of it already. */
  fail(error: StreamError, isTold: boolean = false): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    if (!isTold) this.#sensing.error(error, 'app-failed')
    this.#options.onFailure(error)
  }
}
