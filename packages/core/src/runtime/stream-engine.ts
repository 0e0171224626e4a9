import { StreamError } from '../errors/index.ts'
import { RoundRobin } from '../partitioner/index.ts'
import { closeInOrder } from '../service/index.ts'
import { Recoverer, type TablePartition } from '../state/index.ts'
import type { Store } from '../store/index.ts'
import type { GroupConsumer, Reader } from '../transport/index.ts'
import { applyCut } from './apply-cut.ts'
import { CheckpointReturn } from './checkpoint-return.ts'
import { chooseProtocol } from './choose-protocol.ts'
import { isEagerGroup } from './choose-rebalance.ts'
import type { CommitProtocol } from './commit-protocol.ts'
import { CutTimer } from './cut-timer.ts'
import { Cutter } from './cutter.ts'
import { Drain } from './drain.ts'
import type { EngineOptions } from './engine.ts'
import { EngineSensing } from './engine-sensing.ts'
import { EngineStatus } from './engine-status.ts'
import { FailureHandler } from './failure-handler.ts'
import { GlobalTables } from './global-tables.ts'
import { LagMeter } from './lag-meter.ts'
import { resetOffset } from './offset-reset.ts'
import { Rebalances } from './rebalances.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { Task } from './task.ts'
import { TaskOpener } from './task-opener.ts'
import { TaskRegistry } from './task-registry.ts'
import { Waits } from './waits.ts'
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
  readonly lagMeter: LagMeter
  readonly reader: Reader
  readonly recoverer: Recoverer
  readonly checkpoints: CheckpointReturn
  readonly globals: GlobalTables
  readonly drain: Drain
  readonly waits: Waits
  readonly status: EngineStatus
  readonly rebalances: Rebalances
  readonly cutTimer: CutTimer
  readonly isEager: boolean
  #consumer: GroupConsumer | undefined
  #opener: TaskOpener | undefined

  constructor(options: EngineOptions) {
    this.options = options
    const { transport, settings, clock, topology, partitions } = options
    const fetching = {
      maxPollBytes: settings.maxPollBytes,
      maxPartitionBytes: settings.maxPartitionBytes,
      fetchWaitMs: settings.fetchWaitMs,
    }
    this.isEager = isEagerGroup(settings, transport, topology)
    this.waits = new Waits(clock)
    this.sensing = new EngineSensing(options.sensors, options.guarantee)
    this.status = new EngineStatus(options, this.sensing, () => ({
      // Before its global tables are there a worker does not even join.
      isRebalancing: !this.globals.isFilling && (this.registry.group === undefined || this.rebalances.isUnderWay),
      isRecovering: this.globals.isFilling || this.registry.openingIds.length > 0,
    }))
    this.globals = new GlobalTables({
      engine: options,
      waits: this.waits,
      signal: this.status.stopping,
      fail: (error) => this.status.fail(error),
      onRecovery: (table, phase, progress, durationMs) =>
        this.sensing.recovery(
          { id: 'global', partition: progress.changelog.partition },
          table,
          phase,
          progress,
          durationMs,
        ),
    })
    this.protocol = chooseProtocol(options, {
      consumer: () => this.consumer,
      onRoom: () => this.loop.wake(),
      onSent: (batches) => this.sensing.sent(batches),
    })
    this.reader = transport.reader({ isolation: 'read_committed', ...fetching })
    this.recoverer = new Recoverer(transport, clock, fetching)
    this.registry = new TaskRegistry({
      clock,
      topology,
      partitions,
      waits: this.waits,
      giveUpAtMs: () => this.checkpoints.giveUpAtMs,
      consumer: () => this.consumer,
      opener: () => this.opener,
      ready: () => this.checkpoints.ready,
      onChange: () => this.status.note(),
      onRunning: () => this.loop.wake(),
      fail: (error) => this.status.fail(error),
    })
    this.checkpoints = new CheckpointReturn({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      timeoutMs: settings.taskTimeoutMs,
      stopping: this.status.stopping,
      sinceHeartbeatMs: () => this.consumer.sinceHeartbeatMs(),
      onError: (error) => this.sensing.error(error, 'task-closed'),
      fail: (error) => this.status.fail(error),
    })
    this.drain = new Drain(clock, () => this.registry.tasks.values())
    this.cutter = new Cutter({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      waits: this.waits,
      apply: (cut, positions, wait) =>
        applyCut(cut, positions, {
          clock,
          storeOf: (rows) => this.#storeOf(rows),
          timeoutMs: settings.taskTimeoutMs,
          onSlice: () => this.sensing.cutStep('applying'),
          wait,
        }),
      onCutStart: (cuts) => this.sensing.cutStarted(cuts),
      onCutStep: (step) => this.sensing.cutStep(step),
      onCut: (cuts, outcome, timing) => {
        this.sensing.cutEnded(cuts, outcome, timing)
        if (outcome.kind !== 'committed') return
        this.checkpoints.committed(cuts)
        this.loop.wake()
      },
      onCutFailed: (tasks, outcome, group, wait) => this.checkpoints.sendBack(tasks, outcome, group, wait),
      fail: (error) => this.status.fail(error),
    })
    this.rebalances = new Rebalances({
      clock,
      registry: this.registry,
      cutter: this.cutter,
      drain: this.drain,
      protocol: this.protocol,
      sensing: this.sensing,
      isEager: this.isEager,
      noteState: () => this.status.note(),
    })
    this.cutTimer = new CutTimer(clock, settings.commitIntervalMs, () => this.cutAll())
    this.loop = new WorkLoop({
      clock,
      registry: this.registry,
      protocol: this.protocol,
      waits: this.waits,
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
          outOfRangeReset: settings.outOfRangeReset,
          clock,
          taskTimeoutMs: settings.taskTimeoutMs,
          reader: this.reader,
          consumer: () => this.consumer,
          log: options.log,
          fail: (error) => this.status.fail(error),
        }),
    })
    this.watchdog = new Watchdog({
      clock,
      progressTimeoutMs: settings.progressTimeoutMs,
      taskTimeoutMs: settings.taskTimeoutMs,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      tasks: () => this.registry.tasks.values(),
      waits: this.waits,
      sinceHeartbeatMs: () => this.#consumer?.sinceHeartbeatMs() ?? Number.POSITIVE_INFINITY,
      onStalled: (error) => this.status.fail(error),
    })
    this.lagMeter = new LagMeter({
      clock,
      reader: this.reader,
      intervalMs: settings.lagIntervalMs,
      tasks: () => this.registry.tasks.values(),
      onLag: (event) => options.sensors.onLag(event),
    })
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
      taskTimeoutMs: settings.taskTimeoutMs,
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
      waits: this.waits,
      fail: (error) => this.status.fail(error),
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
    this.status.fail(error, true)
  }

  cutAll(): Promise<void> {
    return this.cutter.cut(() => [...this.registry.tasks.values()].filter((task) => task.state !== 'suspended'))
  }

  /** Lets what is in flight come to its end, until the deadline; then a last cut. */
  async finish(deadlineMs: number): Promise<void> {
    this.status.stop()
    this.cutTimer.stop()
    this.registry.openNoMore()
    const isDone = await this.drain.run(deadlineMs, () => this.cutAll())
    if (isDone) return
    const message = `Records were still in flight after ${deadlineMs} ms (drainTimeoutMs); they will be processed again after the next start`
    this.options.log('warn', message)
    this.sensing.error(new StreamError({ code: 'STREAM_DRAIN_TIMEOUT', message }), 'reported')
  }

  /** Gives the partitions up and closes everything the engine opened; `untilMs`: the monotonic deadline of the drain. */
  async closeAll(leave: boolean, untilMs: number): Promise<void> {
    this.registry.openNoMore()
    const stopped = this.loop.stop()
    await closeInOrder(this.options.clock, untilMs, [
      ['The group membership', () => this.#consumer?.close({ leave })],
      ['The last turn of work', () => (this.drain.isCutOverdue ? undefined : stopped)],
      ['The reader of changelogs', () => this.recoverer.close()],
      ['The reader of offsets', () => this.reader.close()],
      ['A store partition', () => this.registry.closeAll()],
      // Records read them to the last.
      ['A global table', () => this.globals.close()],
      ['The producer', () => this.protocol.close()],
    ])
  }
}
