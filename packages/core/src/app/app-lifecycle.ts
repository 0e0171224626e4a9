import { StreamError } from '../errors/index.ts'
import type { Engine } from '../runtime/index.ts'
import type { AppState, StateChange } from './app-state.ts'

/** What the engine reports while it works. */
export interface EngineReports {
  readonly onState: (state: 'rebalancing' | 'recovering' | 'running') => void
  readonly onFailure: (error: StreamError) => void
}

/** A wired app: nothing of it works before `engine.start()`. */
export interface Assembled {
  readonly engine: Engine
  /** Closes everything around the engine. */
  close(): Promise<void>
}

/** What {@link AppLifecycle} is made of. */
export interface LifecycleOptions {
  readonly appId: string
  readonly drainTimeoutMs: number
  /** Wires the app. What it opened before it failed, it has closed. The signal of a stop makes it give up at once, and reject. */
  readonly assemble: (reports: EngineReports, signal: AbortSignal) => Promise<Assembled>
  readonly onChange: (change: StateChange) => void
}

/** Takes an app through its states, once. */
export class AppLifecycle {
  readonly #options: LifecycleOptions
  readonly #over: PromiseWithResolvers
  /** Aborts with a stop: what is being opened then is given up. */
  readonly #stopped = new AbortController()
  #state: AppState = 'created'
  #failure: StreamError | undefined
  #assembling: Promise<Assembled> | undefined
  #assembled: Assembled | undefined
  #starting: Promise<void> | undefined
  #ending: Promise<void> | undefined

  constructor(options: LifecycleOptions) {
    this.#options = options
    this.#over = withResolvers()
  }

  get state(): AppState {
    return this.#state
  }

  /** The cause, in state `failed`. */
  get failure(): StreamError | undefined {
    return this.#state === 'failed' ? this.#failure : undefined
  }

  get engine(): Engine | undefined {
    return this.#assembled?.engine
  }

  /** Resolves at the end, `stopped` or `failed`. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  start(): Promise<void> {
    if (this.#state !== 'created') {
      const hint = this.#starting === undefined ? 'make a new App to run it again' : 'an App is started once'
      return Promise.reject(
        new StreamError({
          code: 'STREAM_STATE_INVALID',
          message: `app ${this.#options.appId} cannot start, it is ${this.#state}; ${hint}`,
          place: { app: this.#options.appId, state: this.#state },
        }),
      )
    }
    this.#change('starting')
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    try {
      const reports: EngineReports = {
        onState: (state) => this.#reported(state),
        onFailure: (error) => void this.#end(error),
      }
      this.#assembling = this.#options.assemble(reports, this.#stopped.signal)
      this.#assembled = await this.#assembling
      // A stop or a failure while it starts ends the app, whether the start itself ever settles or not.
      if (this.#ending === undefined) await Promise.race([this.#assembled.engine.start(), this.over])
    } catch (thrown) {
      // What a stop cuts off is no failure of the start.
      if (this.#ending === undefined) await this.#end(this.#errorOf(thrown, 'could not start'))
    }
    if (this.#ending !== undefined) await this.#ending
    if (this.#failure !== undefined) throw this.#failure
    this.#stopped.signal.throwIfAborted()
  }

  /**
   * Cuts a start short that is under way. Rejects with what went wrong while it stopped; what the app had failed with before is not
   * repeated.
   */
  async stop(): Promise<void> {
    if (this.#state === 'created') {
      this.#finish(undefined)
      return
    }
    // What has ended by itself tells so elsewhere: a start that failed, its own caller.
    if (this.#ending !== undefined) return this.#ending
    this.#stopped.abort(this.#stoppedWhileStarting())
    await this.#end(undefined)
    if (this.#failure !== undefined) throw this.#failure
  }

  #reported(state: 'rebalancing' | 'recovering' | 'running'): void {
    const isWorking = this.#ending === undefined && this.#state !== 'created' && this.#state !== state
    if (isWorking) this.#change(state)
  }

  /** Once; a failure that comes while the app is ending becomes its failure. */
  #end(failure: StreamError | undefined): Promise<void> {
    this.#failure ??= failure
    this.#ending ??= this.#close()
    return this.#ending
  }

  async #close(): Promise<void> {
    // It has been told to give up, or has come to its end already.
    const assembled = this.#assembled ?? (await this.#assembling?.catch(() => undefined))
    if (assembled !== undefined) {
      this.#change('draining')
      // The engine may be in the middle of the call that reported its failure.
      await Promise.resolve()
      await this.#attempt(() => assembled.engine.stop({ deadlineMs: this.#options.drainTimeoutMs }))
      await this.#attempt(() => assembled.close())
    }
    this.#finish(this.#failure)
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (thrown) {
      this.#failure ??= this.#errorOf(thrown, 'could not stop cleanly')
    }
  }

  #finish(failure: StreamError | undefined): void {
    this.#change(failure === undefined ? 'stopped' : 'failed', failure)
    this.#over.resolve()
  }

  #change(to: AppState, failure?: StreamError): void {
    const from = this.#state
    this.#state = to
    this.#options.onChange({ from, to, ...(failure === undefined ? {} : { failure }) })
  }

  #stoppedWhileStarting(): StreamError {
    const { appId } = this.#options
    return new StreamError({
      code: 'STREAM_CLOSED',
      message: `app ${appId} was stopped while it started; everything is closed, make a new App to run it again`,
      place: { app: appId },
    })
  }

  #errorOf(thrown: unknown, what: string): StreamError {
    const { appId } = this.#options
    return StreamError.from(thrown, { code: 'STREAM_INTERNAL', message: `app ${appId} ${what}`, place: { app: appId } })
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
