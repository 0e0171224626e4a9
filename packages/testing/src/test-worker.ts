import { type App, type CutStep, type Log, type Sensor, StreamError } from '@stream/core'
import type { Clock, Random, Store, TopicPartition } from '@stream/core/adapter'
import { type MemoryLog, type MemoryTransport, memory } from '@stream/transport-memory'
import type { AppFactory, Built, WorkerOptions } from './driver-options.ts'
import { seededRandom } from './seeded-random.ts'
import { virtualProcess } from './virtual-process.ts'
import { WorkerClock } from './worker-clock.ts'
import { WorkerStore } from './worker-store.ts'

/** Where a worker stands: it was never started, works, was stopped, or died. */
export type WorkerState = 'created' | 'started' | 'stopped' | 'crashed'

/** What a worker has of its driver. */
export interface WorkerHost<B extends Built> {
  readonly log: MemoryLog
  readonly clock: Clock
  readonly random: Random
  readonly env: Readonly<Record<string, string>>
  readonly factory: AppFactory<B>
  readonly appLog: Log
  makeStore(): Store
  /** Lets time pass until the promise has settled, or the worker has died. */
  pass(promise: Promise<void>, worker: TestWorker<Built>): Promise<void>
  onCutStep(step: CutStep, worker: TestWorker<Built>): void
  onAssigned(partitions: readonly TopicPartition[]): void
}

/** One life of a worker, from a start to its end. */
interface Incarnation<B> {
  readonly built: B
  readonly app: App
  readonly transport: MemoryTransport
  readonly clock: WorkerClock
  readonly store: WorkerStore
  isCutting: boolean
  isDead: boolean
}

/**
 * One worker of the app under test: what is a process elsewhere. It keeps its worker id over restarts, as a pod of a stateful set does,
 * and nothing else.
 */
export class TestWorker<B extends Built = Built> {
  /** Its worker id. */
  readonly id: string
  readonly #host: WorkerHost<B>
  #state: WorkerState = 'created'
  #life: Incarnation<B> | undefined
  #isStalled = false

  /** Workers are made by `testDriver()` and `driver.addWorker()`. */
  constructor(id: string, host: WorkerHost<B>) {
    this.id = id
    this.#host = host
  }

  get state(): WorkerState {
    return this.#state
  }

  /** Whether it was started, and neither stopped nor crashed since. */
  get isAlive(): boolean {
    return this.#state === 'started'
  }

  /** Whether it stands still, between {@link TestWorker.stall} and {@link TestWorker.wake}. */
  get isStalled(): boolean {
    return this.isAlive && this.#isStalled
  }

  /** Whether a cut is being made. */
  get isCutting(): boolean {
    return this.isAlive && this.#life?.isCutting === true
  }

  /** What the factory made for the last start. Throws `STREAM_STATE_INVALID` before the first one. */
  get built(): B {
    if (this.#life === undefined) throw misused(this.id, 'has no app yet', 'start it first')
    return this.#life.built
  }

  /** The app of the last start. Throws `STREAM_STATE_INVALID` before the first one. */
  get app(): App {
    if (this.#life === undefined) throw misused(this.id, 'has no app yet', 'start it first')
    return this.#life.app
  }

  /** Whether this is the worker's connection to the log. */
  hasClient(clientId: string): boolean {
    return this.#life?.transport.clientId === clientId
  }

  /**
   * Builds the app and starts it. Rejects with what `app.start()` rejects with, and with `STREAM_STATE_INVALID` where the worker works
   * already.
   */
  async start(): Promise<void> {
    if (this.isAlive) throw misused(this.id, 'works already', 'stop or crash it before it is started again')
    const life = this.#begin()
    this.#life = life
    this.#isStalled = false
    this.#state = 'started'
    await this.#host.pass(life.app.start(), this)
  }

  /** A clean stop: what is in flight ends, a last cut is made, everything is closed. A stalled worker wakes up for it. Harmless where the worker does not work. */
  async stop(): Promise<void> {
    const life = this.#life
    if (!this.isAlive || life === undefined) return
    this.wake()
    await this.#host.pass(life.app.stop(), this)
    if (this.isAlive) this.#state = 'stopped'
  }

  /** Stops it, unless it does not work, and starts it again: a new app on the same log. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /**
   * What SIGKILL does: nothing is closed, none of its calls is ever answered, no timer fires, its store gets nothing any more. Only the
   * log lives on; the group notices when the session is over. Code of handlers that is running cannot be taken from the CPU: it runs
   * until it awaits something of the app, the log, the store or the clock.
   */
  crash(): void {
    const life = this.#life
    if (!this.isAlive || life === undefined) return
    this.#state = 'crashed'
    life.isDead = true
    this.#host.log.crash(life.transport)
    life.clock.kill()
    void life.store.kill()
  }

  /**
   * What SIGSTOP does, as far as others can see it: the worker sends no heartbeat and hears no answer of its group, and its timers stand
   * still, until {@link TestWorker.wake}. Once its session is over, its tasks go to others. It is no part of `settle()` meanwhile.
   */
  stall(): void {
    const life = this.#life
    if (!this.isAlive || life === undefined) return
    this.#isStalled = true
    this.#host.log.stall(life.transport)
    life.clock.hold()
  }

  /** What SIGCONT does: the worker goes on where it stopped, and learns only now what happened meanwhile. */
  wake(): void {
    const life = this.#life
    if (!this.isStalled || life === undefined) return
    this.#isStalled = false
    this.#host.log.wake(life.transport)
    life.clock.release()
  }

  #begin(): Incarnation<B> {
    const { log, env, factory, random, appLog } = this.#host
    const transport = memory({ log })
    const clock = new WorkerClock(this.#host.clock)
    const store = new WorkerStore(this.#host.makeStore())
    const state = { isCutting: false, isDead: false }
    const options: WorkerOptions = {
      transport,
      store,
      sensors: [this.#sensor(state)],
      log: (level, message) => {
        if (!state.isDead) appLog(level, `[${this.id}] ${message}`)
      },
      runtime: {
        clock,
        random: seededRandom(Math.floor(random() * 2 ** 32)),
        process: virtualProcess({ STREAM_WORKER_ID: this.id, NODE_ENV: 'test', ...env }),
      },
    }
    const built = factory(options)
    const app: App = isApp(built) ? built : built.app
    return Object.assign(state, { built, app, transport, clock, store })
  }

  #sensor(state: { isCutting: boolean; isDead: boolean }): Sensor {
    return {
      name: 'test driver',
      onCutStart: () => {
        state.isCutting = true
      },
      onCutStep: ({ step }) => {
        if (!state.isDead) this.#host.onCutStep(step, this)
      },
      onCutEnd: () => {
        state.isCutting = false
      },
      onRebalance: ({ kind, partitions }) => {
        if (kind === 'assigned') this.#host.onAssigned(partitions)
      },
    }
  }
}

function isApp(built: Built): built is App {
  return !('app' in built)
}

function misused(worker: string, what: string, remedy: string): StreamError {
  return new StreamError({ code: 'STREAM_STATE_INVALID', message: `${worker} ${what}; ${remedy}`, place: { worker } })
}
