import { StreamError } from '../errors/index.ts'
import { RoundRobin } from '../partitioner/index.ts'
import { sleep, type Timer } from '../service/index.ts'
import { Recoverer, type TablePartition } from '../state/index.ts'
import type { Store } from '../store/index.ts'
import type { GroupConsumer, GroupHandle, Reader, TopicPartition } from '../transport/index.ts'
import { applyCut } from './apply-cut.ts'
import { AtLeastOnce } from './at-least-once.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { refusalError } from './cut-request.ts'
import { Cutter } from './cutter.ts'
import type { EngineOptions } from './engine.ts'
import { EngineSensing } from './engine-sensing.ts'
import { ExactlyOnce } from './exactly-once.ts'
import { FailedRecords } from './failed-records.ts'
import { FailureHandler } from './failure-handler.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { Task } from './task.ts'
import { TaskOpener } from './task-opener.ts'
import { TaskRegistry } from './task-registry.ts'
import { Watchdog } from './watchdog.ts'
import { WorkLoop } from './work-loop.ts'

/** Fenced this many times in a row: somebody else runs under the same worker id. */
const fencedTooOften = 3

/** The last cut of a drain gets at least this long, whatever the deadline. */
const leastCutMs = 1000

/** The parts of one engine, wired. Lifecycle and queries are in {@link createEngine}. */
export class StreamEngine {
  readonly options: EngineOptions
  readonly registry: TaskRegistry
  readonly protocol: CommitProtocol
  readonly cutter: Cutter
  readonly loop: WorkLoop
  readonly sensing: EngineSensing
  readonly watchdog: Watchdog
  readonly purge: RepartitionPurge
  readonly reader: Reader
  readonly recoverer: Recoverer
  readonly failedRecords: FailedRecords = new FailedRecords()
  readonly isEager: boolean
  #consumer: GroupConsumer | undefined
  #opener: TaskOpener | undefined
  /** Pending while the outcome of a cut is being settled: no committed offset is read then. */
  #ready: Promise<void> = Promise.resolve()
  #failure: StreamError | undefined
  #isStopping = false
  #cutTimer: Timer | undefined
  #failedCuts = 0
  #fencedCuts = 0
  #state: 'rebalancing' | 'recovering' | 'running' | undefined
  #onIdle: (() => void) | undefined

  constructor(options: EngineOptions) {
    this.options = options
    const { transport, settings, clock, topology, partitions } = options
    const fetching = {
      maxPollBytes: settings.maxPollBytes,
      maxPartitionBytes: settings.maxPartitionBytes,
      fetchWaitMs: settings.fetchWaitMs,
    }
    this.isEager = settings.rebalance === 'eager' || !transport.supports.cooperative
    this.sensing = new EngineSensing(options.sensors, options.guarantee)
    this.protocol = this.#commitProtocol()
    this.reader = transport.reader({ isolation: 'read_committed', ...fetching })
    this.recoverer = new Recoverer(transport, clock, fetching)
    this.registry = new TaskRegistry({
      clock,
      topology,
      partitions,
      taskTimeoutMs: settings.taskTimeoutMs,
      consumer: () => this.consumer,
      opener: () => this.opener,
      ready: () => this.#ready,
      onChange: () => this.#noteState(),
      onRunning: () => this.loop.wake(),
      fail: (error) => this.fail(error),
    })
    this.cutter = new Cutter({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      apply: (cut, positions) =>
        applyCut(cut, positions, {
          clock,
          storeOf: (rows) => this.#storeOf(rows),
          timeoutMs: settings.taskTimeoutMs,
          onSlice: () => this.sensing.cutStep('applying'),
        }),
      onCutStart: (cuts) => this.sensing.cutStarted(cuts),
      onCutStep: (step) => this.sensing.cutStep(step),
      onCut: (cuts, outcome, timing) => {
        this.sensing.cutEnded(cuts, outcome, timing)
        if (outcome.kind !== 'committed') return
        this.#failedCuts = 0
        this.#fencedCuts = 0
        if (this.failedRecords.size === 0) return
        for (const { topic, partition, offset } of cuts.flatMap((cut) => cut.offsets)) {
          this.failedRecords.forgetBelow(topic, partition, offset)
        }
      },
      onCutFailed: (tasks, outcome) => this.#returnToCheckpoint(tasks, outcome),
      fail: (error) => this.fail(error),
    })
    this.loop = new WorkLoop({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      sliceMs: settings.sliceMs,
      fetchWaitMs: settings.fetchWaitMs,
      bufferedBytesPerPartition: settings.bufferedBytesPerPartition,
      maxStagedBytes: settings.maxStagedBytes,
      consumer: () => this.consumer,
      cutNow: () => this.cutAll(),
      onConsumed: (batch) => this.sensing.consumed(batch),
      onWorked: (task) => this.sensing.worked(task),
      onFetchError: (batch) => {
        if (batch.error !== undefined) this.fail(batch.error)
      },
    })
    this.watchdog = new Watchdog(
      clock,
      settings.progressTimeoutMs,
      () => this.registry.tasks.values(),
      (error) => this.fail(error),
    )
    this.purge = new RepartitionPurge({
      clock,
      admin: options.admin,
      intervalMs: settings.repartitionPurgeIntervalMs,
      tasks: () => this.registry.tasks.values(),
      onError: (cause) =>
        this.sensing.error(
          StreamError.from(cause, { code: 'STREAM_BROKER_REFUSED', message: 'Repartition topics could not be purged' }),
          'reported',
        ),
    })
  }

  get consumer(): GroupConsumer {
    if (this.#consumer === undefined)
      throw new StreamError({ code: 'STREAM_STATE_INVALID', message: 'The engine has not started' })
    return this.#consumer
  }

  get opener(): TaskOpener {
    if (this.#opener === undefined)
      throw new StreamError({ code: 'STREAM_STATE_INVALID', message: 'The engine has not started' })
    return this.#opener
  }

  get failure(): StreamError | undefined {
    return this.#failure
  }

  #commitProtocol(): CommitProtocol {
    const { transport, settings, appId, workerId, guarantee } = this.options
    if (guarantee === 'exactly_once') {
      const committer = transport.committer({
        transactionalId: `${appId}-${workerId}`,
        timeoutMs: settings.transactionTimeoutMs,
      })
      return new ExactlyOnce(committer)
    }
    const producer = transport.producer({ deliveryTimeoutMs: settings.deliveryTimeoutMs })
    return new AtLeastOnce(producer, () => this.consumer, settings.sessionTimeoutMs)
  }

  #storeOf(rows: TablePartition): Store {
    return rows.table.store ?? this.options.store
  }

  /** Uses this membership from now on. */
  attach(consumer: GroupConsumer): void {
    this.#consumer = consumer
    const { clock, random, appId, settings } = this.options
    const failures = new FailureHandler({
      appId,
      clock,
      random,
      output: (topic) => this.opener.output(topic),
      onError: (error, action) => this.sensing.error(error, action === 'stop' ? 'app-failed' : action),
      onStop: (task, error) => this.#halt(task, error),
    })
    const failedRecords = this.failedRecords
    this.#opener = new TaskOpener({
      engine: this.options,
      consumer,
      reader: this.reader,
      recoverer: this.recoverer,
      nullKeys: new RoundRobin(),
      fail: (error) => this.fail(error),
      onRecovery: (id, table, phase, progress, durationMs) =>
        this.sensing.recovery(id, table, phase, progress, durationMs),
      host: {
        clock,
        sendsAtOnce: this.protocol.sendsAtOnce,
        stragglerCuts: settings.stragglerCuts,
        get hasRemembered() {
          return failedRecords.size > 0
        },
        watchesRecords: this.sensing.watchesRecords,
        onRecordDone: (task, input, offset, startedAtMs, outcome) =>
          this.sensing.recordDone(task, input, offset, clock.monotonicMs() - startedAtMs, outcome),
        remembered: (_, invocation) => failedRecords.of(invocation),
        onFailure: (task, invocation, error) => failures.handle(task, invocation, error),
        onProgress: (task) => {
          task.stragglerMayBeIn()
          this.loop.wake()
          this.#onIdle?.()
        },
      },
    })
  }

  /** The record's task goes no further, the others drain, and the app ends as failed. */
  #halt(task: Task, error: StreamError): void {
    if (task.isOpen) task.state = 'halted'
    this.#onIdle?.()
    this.fail(error, true)
  }

  /** Ends the app as failed; the first cause counts. */
  fail(error: StreamError, isTold = false): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    if (!isTold) this.sensing.error(error, 'app-failed')
    this.options.onFailure(error)
  }

  #noteState(): void {
    if (this.#isStopping) return
    const { group, openingIds } = this.registry
    const state = group === undefined ? 'rebalancing' : openingIds.length > 0 ? 'recovering' : 'running'
    if (state === this.#state) return
    this.#state = state
    this.options.onState(state)
  }

  async assigned(partitions: readonly TopicPartition[], group: GroupHandle): Promise<void> {
    const startedAtMs = this.options.clock.monotonicMs()
    await this.registry.assigned(partitions, group, this.isEager)
    const durationMs = this.options.clock.monotonicMs() - startedAtMs
    this.sensing.rebalance('assigned', partitions, durationMs, group.generation)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const startedAtMs = this.options.clock.monotonicMs()
    const generation = this.registry.group?.generation ?? 0
    const tasks = this.registry.tasksOf(partitions)
    for (const task of tasks) task.suspend(generation)
    this.registry.disown(partitions)
    await this.cutter.cut(() => tasks)
    if (this.isEager) this.registry.group = undefined
    else for (const task of tasks) await this.registry.remove(task)
    this.#noteState()
    this.sensing.rebalance('revoked', partitions, this.options.clock.monotonicMs() - startedAtMs, generation)
  }

  lost(partitions: readonly TopicPartition[]): void {
    const tasks = this.registry.tasksOf(partitions)
    this.registry.disown(partitions)
    this.registry.group = undefined
    for (const task of tasks) {
      this.protocol.forget(task)
      void this.registry
        .remove(task)
        .catch((cause: unknown) =>
          this.sensing.error(
            StreamError.from(cause, { code: 'STREAM_STORE_FAILED', message: `Task ${task.id} could not be closed` }),
            'reported',
          ),
        )
    }
    this.#noteState()
    this.sensing.rebalance('lost', partitions, 0)
  }

  /** Settles what is pending on the transactional id; until then no committed offset is read. */
  settle(): Promise<void> {
    const settled = this.#recoverProtocol()
    this.#ready = settled.catch(() => undefined)
    return settled
  }

  async #recoverProtocol(): Promise<void> {
    const { clock, settings } = this.options
    const giveUpAtMs = clock.monotonicMs() + settings.taskTimeoutMs
    for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5000)) {
      try {
        await this.protocol.recover()
        return
      } catch (error) {
        const isPassing = StreamError.is(error) && error.retryable && clock.monotonicMs() < giveUpAtMs
        if (!isPassing || this.#isStopping) throw error
        await sleep(clock, delayMs)
      }
    }
  }

  /** A cut did not commit: its tasks die with all they have staged, and begin again at what is committed. */
  async #returnToCheckpoint(
    tasks: readonly Task[],
    outcome: Exclude<CutOutcome, { kind: 'committed' }>,
  ): Promise<void> {
    this.sensing.error(outcome.cause, 'task-closed')
    for (const origin of outcome.refused ?? []) {
      const { topic, partition, offset, consumer } = origin
      this.failedRecords.remember(topic, partition, offset, consumer, refusalError(origin, outcome.cause))
    }
    const ids = new Set(tasks.map((task) => task.id))
    for (const task of tasks) {
      this.protocol.forget(task)
      await this.registry.remove(task)
    }
    if (outcome.kind === 'fenced' && ++this.#fencedCuts >= fencedTooOften) {
      this.fail(outcome.cause)
      return
    }
    if ((outcome.refused ?? []).length === 0 && ++this.#failedCuts > 1) {
      await sleep(this.options.clock, Math.min(100 * 2 ** this.#failedCuts, 5000))
    }
    try {
      await this.settle()
    } catch (cause) {
      this.fail(
        StreamError.from(cause, {
          code: 'STREAM_OUTCOME_UNKNOWN',
          message: 'The outcome of a cut could not be settled',
        }),
      )
      return
    }
    if (!this.#isStopping) this.registry.reopen(ids)
  }

  cutAll(): Promise<void> {
    return this.cutter.cut(() => [...this.registry.tasks.values()].filter((task) => task.state !== 'suspended'))
  }

  /** Cuts every `commitIntervalMs`, counted from start to start, and never two at a time. */
  scheduleCuts(): void {
    const { clock, settings } = this.options
    const intervalMs = settings.commitIntervalMs
    const next = (delayMs: number): void => {
      if (this.#isStopping) return
      this.#cutTimer = clock.setTimer(delayMs, () => {
        const startedAtMs = clock.monotonicMs()
        void this.cutAll().then(() => next(Math.max(0, intervalMs - (clock.monotonicMs() - startedAtMs))))
      })
    }
    next(intervalMs)
  }

  /** Lets what is in flight come to its end, until the deadline; then a last cut. */
  async drain(deadlineMs: number): Promise<void> {
    const { clock } = this.options
    const untilMs = clock.monotonicMs() + deadlineMs
    this.#isStopping = true
    this.#cutTimer?.cancel()
    for (const task of this.registry.tasks.values()) if (task.state === 'running') task.state = 'draining'
    const isIdle = (): boolean =>
      [...this.registry.tasks.values()].every((task) => task.state !== 'draining' || task.isIdle)
    if (!isIdle()) {
      await new Promise<void>((resolve) => {
        const timer = clock.setTimer(deadlineMs, () => {
          this.options.log(
            'warn',
            `Records were still in flight after ${deadlineMs} ms; they will be processed again after the next start`,
          )
          resolve()
        })
        this.#onIdle = () => {
          if (!isIdle()) return
          timer.cancel()
          resolve()
        }
      })
      this.#onIdle = undefined
    }
    const giveUp = new AbortController()
    const leftMs = Math.max(leastCutMs, untilMs - clock.monotonicMs())
    await Promise.race([this.cutAll(), sleep(clock, leftMs, giveUp.signal)])
    giveUp.abort()
  }

  /** Gives the partitions up and closes everything the engine opened. */
  async closeAll(leave: boolean): Promise<void> {
    this.registry.abortOpening()
    await this.#consumer?.close({ leave })
    await this.loop.stop()
    await this.recoverer.close()
    await this.reader.close()
    await this.registry.closeAll()
    await this.protocol.close()
  }
}
