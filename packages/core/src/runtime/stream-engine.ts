import { StreamError } from '../errors/index.ts'
import { RoundRobin } from '../partitioner/index.ts'
import type { Timer } from '../service/index.ts'
import { Recoverer, type TablePartition } from '../state/index.ts'
import type { Store } from '../store/index.ts'
import type { GroupConsumer, GroupHandle, Reader, TopicPartition } from '../transport/index.ts'
import { applyCut } from './apply-cut.ts'
import { AtLeastOnce } from './at-least-once.ts'
import { CheckpointReturn } from './checkpoint-return.ts'
import type { CommitProtocol } from './commit-protocol.ts'
import { Cutter } from './cutter.ts'
import { Drain } from './drain.ts'
import type { EngineOptions } from './engine.ts'
import { EngineSensing } from './engine-sensing.ts'
import { ExactlyOnce } from './exactly-once.ts'
import { FailureHandler } from './failure-handler.ts'
import { resetOffset } from './offset-reset.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { Task } from './task.ts'
import { TaskOpener } from './task-opener.ts'
import { TaskRegistry } from './task-registry.ts'
import { Watchdog } from './watchdog.ts'
import { WorkLoop } from './work-loop.ts'

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
  readonly checkpoints: CheckpointReturn
  readonly drain: Drain
  readonly isEager: boolean
  #consumer: GroupConsumer | undefined
  #opener: TaskOpener | undefined
  #failure: StreamError | undefined
  #isStopping = false
  #isRebalancing = false
  #cutTimer: Timer | undefined
  #state: 'rebalancing' | 'recovering' | 'running' | undefined

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
      ready: () => this.checkpoints.ready,
      onChange: () => this.noteState(),
      onRunning: () => this.loop.wake(),
      fail: (error) => this.fail(error),
    })
    this.checkpoints = new CheckpointReturn({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      timeoutMs: settings.taskTimeoutMs,
      isStopping: () => this.#isStopping,
      sinceHeartbeatMs: () => this.consumer.sinceHeartbeatMs(),
      onError: (error) => this.sensing.error(error, 'task-closed'),
      fail: (error) => this.fail(error),
    })
    this.drain = new Drain(clock, () => this.registry.tasks.values())
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
        this.checkpoints.committed(cuts)
        this.loop.wake()
      },
      onCutFailed: (tasks, outcome, group) => this.checkpoints.sendBack(tasks, outcome, group),
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
      onFetchError: (task, input, batch) =>
        void resetOffset(task, input, batch, {
          offsetReset: settings.offsetReset,
          reader: this.reader,
          consumer: () => this.consumer,
          log: options.log,
          fail: (error) => this.fail(error),
        }),
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
    return new AtLeastOnce(
      producer,
      () => this.consumer,
      settings.sessionTimeoutMs,
      () => this.loop.wake(),
      (batches) => this.sensing.sent(batches),
    )
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
    const { failedRecords } = this.checkpoints
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
          this.drain.look()
        },
      },
    })
  }

  /** The record's task goes no further, the others drain, and the app ends as failed. */
  #halt(task: Task, error: StreamError): void {
    if (task.isOpen) task.state = 'halted'
    this.drain.look()
    this.fail(error, true)
  }

  /** Ends the app as failed; the first cause counts. */
  fail(error: StreamError, isTold = false): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    if (!isTold) this.sensing.error(error, 'app-failed')
    this.options.onFailure(error)
  }

  /** Tells the state that the tasks are in, where it changed. */
  noteState(): void {
    if (this.#isStopping) return
    const { group, openingIds } = this.registry
    const state =
      group === undefined || this.#isRebalancing ? 'rebalancing' : openingIds.length > 0 ? 'recovering' : 'running'
    if (state === this.#state) return
    this.#state = state
    this.options.onState(state)
  }

  async assigned(partitions: readonly TopicPartition[], group: GroupHandle): Promise<void> {
    const startedAtMs = this.options.clock.monotonicMs()
    this.#isRebalancing = false
    await this.registry.assigned(partitions, group, this.isEager)
    const durationMs = this.options.clock.monotonicMs() - startedAtMs
    this.sensing.rebalance('assigned', partitions, durationMs, group.generation)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const startedAtMs = this.options.clock.monotonicMs()
    const generation = this.registry.group?.generation ?? 0
    const tasks = this.registry.tasksOf(partitions)
    this.#isRebalancing = true
    for (const task of tasks) task.suspend(generation)
    this.registry.disown(partitions)
    if (!this.drain.isCutOverdue) await this.cutter.cut(() => tasks)
    if (this.isEager) this.registry.group = undefined
    else for (const task of tasks) await this.registry.remove(task)
    this.noteState()
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
    this.noteState()
    this.sensing.rebalance('lost', partitions, 0)
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
  async finish(deadlineMs: number): Promise<void> {
    this.#isStopping = true
    this.#cutTimer?.cancel()
    this.registry.openNoMore()
    const isDone = await this.drain.run(deadlineMs, () => this.cutAll())
    if (isDone) return
    const message = `Records were still in flight after ${deadlineMs} ms (drainTimeoutMs); they will be processed again after the next start`
    this.options.log('warn', message)
    this.sensing.error(new StreamError({ code: 'STREAM_DRAIN_TIMEOUT', message }), 'reported')
  }

  /** Gives the partitions up and closes everything the engine opened. */
  async closeAll(leave: boolean): Promise<void> {
    this.registry.openNoMore()
    const stopped = this.loop.stop()
    const failures: unknown[] = []
    const steps = [
      async () => this.#consumer?.close({ leave }),
      async () => (this.drain.isCutOverdue ? undefined : stopped),
      () => this.recoverer.close(),
      () => this.reader.close(),
      () => this.registry.closeAll(),
      () => this.protocol.close(),
    ]
    // What cannot be closed keeps nothing else open.
    for (const step of steps) await step().catch((thrown: unknown) => void failures.push(thrown))
    if (failures.length > 0) throw failures[0]
  }
}
