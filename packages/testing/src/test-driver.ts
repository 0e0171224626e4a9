import { type App, StreamError, type Table, type TopicOptions } from '@stream/core'
import type { OutBatch, Random } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import { MemoryLog } from '@stream/transport-memory'
import { type Crash, type CrashOptions, CrashPlan, type CrashPoint } from './crash-points.ts'
import { type DrivenTopic, topicOfBytes } from './driven-topic.ts'
import type { AppFactory, Built, TestDriverOptions } from './driver-options.ts'
import { Outside } from './outside.ts'
import { Progress } from './progress.ts'
import { seededRandom } from './seeded-random.ts'
import { TestInput } from './test-input.ts'
import { type OutputOptions, TestOutput } from './test-output.ts'
import { TestTable } from './test-table.ts'
import { TestWorker, type WorkerHost } from './test-worker.ts'
import { VirtualClock } from './virtual-clock.ts'

/** How {@link TestDriver.settle} ended: everything is committed, or no worker is left that could go on. */
export type Settled = 'settled' | 'stopped'

/**
 * Runs an app on an embedded log under a virtual clock: records are piped in, time is advanced, outputs and tables are read, workers
 * crash and come back. Nothing happens by itself: the app works while `settle()`, `advance()` and the calls that start and stop workers
 * are awaited. The same seed and the same calls give the same outputs at the same offsets.
 */
export class TestDriver<B extends Built = App> {
  readonly seed: number
  /** The time of log and workers. Wait for code under test by `settle()`, `advance()` or `run()`. */
  readonly clock: VirtualClock
  /** A source of chance for the test itself; drawing from it changes nothing of the app's course. */
  readonly random: Random
  /** The log under the app, for faults and for a closer look. */
  readonly log: MemoryLog
  readonly #options: TestDriverOptions
  readonly #factory: AppFactory<B>
  readonly #chance: Random
  readonly #crashes: CrashPlan
  readonly #progress: Progress
  readonly #workers: TestWorker<B>[] = []
  readonly #outside: Outside

  /** Drivers are made by {@link testDriver}. */
  constructor(factory: AppFactory<B>, options: TestDriverOptions) {
    const { seed = 1, startMs, broker = {} } = options
    this.seed = seed
    this.clock = new VirtualClock(startMs)
    this.#chance = seededRandom(seed)
    this.random = seededRandom(Math.floor(this.#chance() * 2 ** 32))
    const logChance = seededRandom(Math.floor(this.#chance() * 2 ** 32))
    this.log = new MemoryLog({ ...broker, clock: this.clock, random: logChance })
    this.#progress = new Progress(this.log)
    this.#options = options
    this.#factory = factory
    this.#crashes = new CrashPlan(this.log, (clientId) => this.#workers.find((worker) => worker.hasClient(clientId)))
    this.#outside = new Outside(this.log)
    this.#workers.push(this.#newWorker())
  }

  /** Internal: what of the construction takes promises. */
  async open(): Promise<this> {
    await this.#outside.open()
    if (this.#options.isStarted !== false) await this.start()
    return this
  }

  /** The first worker. */
  get worker(): TestWorker<B> {
    return this.#workers[0] as TestWorker<B>
  }

  /** All workers, in the order in which they were added, whether they work or not. */
  get workers(): readonly TestWorker<B>[] {
    return this.#workers
  }

  /** What the factory made for the last start of the first worker. Throws `STREAM_STATE_INVALID` before that. */
  get built(): B {
    return this.worker.built
  }

  /** Creates a topic that the app does not declare, or before the app does. Throws `STREAM_BROKER_REFUSED` for what a broker would not take. */
  createTopic(name: string, options: Pick<TopicOptions, 'partitions' | 'configs'> = {}): void {
    this.log.createTopic({ name, ...options })
  }

  /** Pipes records into a topic, typed by its serdes; by its name alone it takes bytes. */
  input(topic: string): TestInput<Uint8Array, Uint8Array>
  input<K, V>(topic: DrivenTopic<K, V>): TestInput<K, V>
  input<K, V>(topic: DrivenTopic<K, V> | string): TestInput<K, V> | TestInput<Uint8Array, Uint8Array> {
    const host = {
      now: () => this.clock.now(),
      partitionsOf: (name: string) => this.#outside.partitionsOf(name),
      produce: (batches: readonly OutBatch[]) => this.#outside.produce(batches),
    }
    return typeof topic === 'string' ? new TestInput(topicOfBytes(topic), host) : new TestInput(topic, host)
  }

  /** Reads a topic from its beginning, typed by its serdes; by its name alone it gives bytes. Every call makes a reader of its own. */
  output(topic: string, options?: OutputOptions): TestOutput<Uint8Array, Uint8Array>
  output<K, V>(topic: DrivenTopic<K, V>, options?: OutputOptions): TestOutput<K, V>
  output<K, V>(
    topic: DrivenTopic<K, V> | string,
    options: OutputOptions = {},
  ): TestOutput<K, V> | TestOutput<Uint8Array, Uint8Array> {
    const name = typeof topic === 'string' ? topic : topic.name
    const partitions = (): number => this.#outside.partitionsOf(name)
    return typeof topic === 'string'
      ? new TestOutput(topicOfBytes(topic), this.log, partitions, options)
      : new TestOutput(topic, this.log, partitions, options)
  }

  /** Reads a table as it is committed. */
  table<K, V, Found>(table: Table<K, V, Found>): TestTable<K, V, Found> {
    return new TestTable(table, this.log, () => this.#outside.partitionsOf(table.changelog.name))
  }

  /**
   * Lets the app work until it has nothing to do: everything that lies in its topics is processed and committed, stores are up to date, the
   * group is balanced, every worker runs. Time passes no more than that takes (a cut comes at its interval, a retry after its back-off).
   * Where no worker works, or the last one dies on the way, nothing can be done: that is `stopped`.
   *
   * Rejects with what a worker failed with, and with `STREAM_TIMEOUT` where there is still something to do after `settleLimitMs`; the
   * message tells what, and the seed.
   */
  async settle(): Promise<Settled> {
    const limitMs = this.#limitMs
    let left: string | undefined
    const isSettled = (): boolean => {
      left = this.#outside.isSending ? 'records are on their way to the log' : this.#progress.whatIsLeft(this.#workers)
      return left === undefined
    }
    const isDone = await this.clock.runUntil(() => this.#hasFailed || isSettled(), { limitMs })
    this.#throwFailure()
    if (isDone) return this.#workers.some((worker) => worker.isAlive && !worker.isStalled) ? 'settled' : 'stopped'
    throw new StreamError({
      code: 'STREAM_TIMEOUT',
      message:
        `The app did not settle within ${limitMs} ms of the virtual clock (seed ${this.seed}): ${left ?? 'it has work'}. ` +
        'Code under test has to wait on promises and on the clock it is given; a machine timer or a real request takes no virtual time',
      place: { seed: this.seed },
    })
  }

  /** Lets time pass: cuts, heartbeats, sessions and timers of the app come due in their order. Rejects with what a worker failed with. */
  async advance(byMs: number): Promise<void> {
    await this.clock.advance(byMs)
    this.#throwFailure()
  }

  /** Lets time pass until a promise of the code under test settles, and gives its result. Rejects with `STREAM_TIMEOUT` as `settle()` does. */
  async run<T>(promise: Promise<T>): Promise<T> {
    await this.#passUntil(promise, () => false)
    return promise
  }

  /**
   * Starts the workers that do not work, and lets time pass until all of them run (or die on the way). Rejects with what an app could not
   * start with.
   */
  async start(): Promise<void> {
    for (const worker of this.#workers) if (!worker.isAlive) await worker.start()
    const isRunning = (worker: TestWorker<B>): boolean =>
      !worker.isAlive || worker.isStalled || worker.app.state === 'running'
    await this.clock.runUntil(() => this.#hasFailed || this.#workers.every(isRunning), { limitMs: this.#limitMs })
    this.#throwFailure()
  }

  /** Stops all workers: what is in flight ends, a last cut is made, everything is closed. Rejects with what went wrong on the way. */
  async stop(): Promise<void> {
    for (const worker of this.#workers) await worker.stop()
  }

  /** Stops what works, and starts all workers again, with new apps on the same log: after a crash, or just so. Rejects as its parts do. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** What SIGKILL would do to all workers: nothing is closed, only the log lives on. */
  crash(): void {
    for (const worker of this.#workers) worker.crash()
  }

  /** Plans the death of a worker: the first that comes to the point dies there, as by {@link TestWorker.crash}. */
  crashAt(point: CrashPoint, options: CrashOptions = {}): Crash {
    return this.#crashes.at(point, options)
  }

  /** Starts one more worker. The group is balanced when `settle()` is through. Rejects with what the app could not start with. */
  async addWorker(): Promise<TestWorker<B>> {
    const worker = this.#newWorker()
    this.#workers.push(worker)
    await worker.start()
    return worker
  }

  /** Crashes what still works and lets the log go. A driver that is not closed holds memory, nothing else. */
  async close(): Promise<void> {
    this.crash()
    this.log.faults.clear()
    this.#outside.drop()
  }

  get #limitMs(): number {
    return this.#options.settleLimitMs ?? 600_000
  }

  #newWorker(): TestWorker<B> {
    const host: WorkerHost<B> = {
      log: this.log,
      clock: this.clock,
      random: this.#chance,
      env: this.#options.env ?? {},
      factory: this.#factory,
      appLog: this.#options.log ?? (() => undefined),
      makeStore: this.#options.store ?? memoryStore,
      pass: (promise, worker) => this.#passWhileAlive(promise, worker),
      onCutStep: (step, worker) => this.#crashes.meet(step, worker),
      onAssigned: (partitions) => this.#progress.assigned(partitions),
    }
    return new TestWorker(`worker-${this.#workers.length + 1}`, host)
  }

  async #passWhileAlive(promise: Promise<void>, worker: TestWorker<Built>): Promise<void> {
    try {
      await this.#passUntil(promise, () => !worker.isAlive)
    } catch (thrown) {
      throw this.#withSeed(thrown)
    }
  }

  /** Resolves when the promise has, or `isOver` says so; rejects with what the promise does. */
  async #passUntil(promise: Promise<unknown>, isOver: () => boolean): Promise<void> {
    const limitMs = this.#limitMs
    let isSettled = false
    const noted = promise.then(
      () => (isSettled = true),
      () => (isSettled = true),
    )
    const isDone = await this.clock.runUntil(() => isSettled || isOver(), { limitMs })
    if (isSettled) {
      await noted
      await promise
    } else if (!isDone) {
      throw new StreamError({
        code: 'STREAM_TIMEOUT',
        message: `A promise did not settle within ${limitMs} ms of the virtual clock (seed ${this.seed}). Code under test has to wait on the clock it is given`,
        place: { seed: this.seed },
      })
    }
  }

  get #hasFailed(): boolean {
    return this.#outside.wasRefused || this.#workers.some(hasFailed)
  }

  #throwFailure(): void {
    const refused = this.#outside.takeRefusal()
    if (refused !== undefined) throw refused
    const failure = this.#workers.find(hasFailed)?.app.failure
    if (failure !== undefined) throw this.#withSeed(failure)
  }

  #withSeed(thrown: unknown): unknown {
    if (!StreamError.is(thrown)) return thrown
    const { code, message, retryable, place } = thrown
    return new StreamError({
      code,
      message: `${message} (seed ${this.seed})`,
      retryable,
      cause: thrown,
      place: { ...place, seed: this.seed },
    })
  }
}

function hasFailed(worker: TestWorker<Built>): boolean {
  return worker.isAlive && worker.app.state === 'failed'
}

/**
 * Makes a driver for the app that the factory builds, and starts its first worker.
 *
 * Rejects with what the app could not start with.
 *
 * @example
 * ```ts
 * const driver = await testDriver((options) => buildApp(options))
 * driver.input(flights).send('SFO', { delay: 12 })
 * await driver.settle()
 * expect(driver.table(delays).get('SFO')).toEqual({ flights: 1, minutes: 12 })
 * ```
 */
export function testDriver<B extends Built>(
  factory: AppFactory<B>,
  options: TestDriverOptions = {},
): Promise<TestDriver<B>> {
  return new TestDriver(factory, options).open()
}
