import { encodeMemberMetadata, streamAssignor } from '../assignment/index.ts'
import { StreamError } from '../errors/index.ts'
import { partitionOfKey } from '../partitioner/index.ts'
import { CommittedRows, type TablePartition } from '../state/index.ts'
import type { GlobalTableDeclaration, ReadableRows, TableDeclaration } from '../topology/index.ts'
import type { GroupListener, GroupOptions } from '../transport/index.ts'
import type { Engine, EngineOptions, TaskInfo } from './engine.ts'
import { refusedBy } from './refused-topology.ts'
import { StreamEngine } from './stream-engine.ts'

/** An engine that has not started. */
export function createEngine(options: EngineOptions): Engine {
  return new RunningEngine(options)
}

class RunningEngine implements Engine {
  readonly #options: EngineOptions
  readonly #engine: StreamEngine
  #stopping: Promise<void> | undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#engine = new StreamEngine(options)
  }

  async start(): Promise<void> {
    const engine = this.#engine
    const { transport } = this.#options
    engine.watchdog.start()
    const wait = engine.waits.begin('the takeover of its transactional id')
    try {
      // First of all: it ends what a former self left open, so that no pending transaction hides committed offsets.
      await engine.checkpoints.settle(wait)
    } finally {
      wait.end()
    }
    // The stop has closed everything meanwhile, and tells the caller.
    if (this.#stopping !== undefined) return
    await engine.globals.start(() => engine.status.note())
    if (this.#stopping !== undefined) return
    engine.attach(transport.group(this.#groupOptions(), this.#listener()))
    engine.loop.start((error) =>
      engine.status.fail(StreamError.from(error, { code: 'STREAM_INTERNAL', message: 'The engine loop ended' })),
    )
    engine.status.note()
    engine.cutTimer.start()
    if (this.#options.canDeleteRecords) engine.purge.start()
    if (this.#options.sensors.active.onLag) engine.lagMeter.start()
  }

  #groupOptions(): GroupOptions {
    const { appId, topology, settings, instanceId, summary } = this.#options
    const topics = topology.subTopologies.flatMap((sub) => sub.sources.map((topic) => topic.name))
    return {
      groupId: appId,
      topics: [...new Set(topics)],
      isolation: 'read_committed',
      rebalance: this.#engine.isEager ? 'eager' : 'cooperative',
      sessionTimeoutMs: settings.sessionTimeoutMs,
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
      ...(instanceId === undefined ? {} : { instanceId }),
      assignor: streamAssignor({ topology: () => summary }),
      userData: () => encodeMemberMetadata({ topology: summary }),
      maxPollBytes: settings.maxPollBytes,
      maxPartitionBytes: settings.maxPartitionBytes,
      fetchWaitMs: settings.fetchWaitMs,
    }
  }

  #listener(): GroupListener {
    const engine = this.#engine
    return {
      onAssign: async (partitions, group, data) => {
        const refused = refusedBy(data, this.#options.appId)
        if (refused !== undefined) engine.status.fail(refused)
        else await engine.rebalances.assigned(partitions, group)
      },
      onRevoke: (partitions) => engine.rebalances.revoked(partitions),
      onLost: (partitions) => engine.rebalances.lost(partitions),
      onError: (error) => engine.status.fail(error),
    }
  }

  stop(options: { readonly deadlineMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(options.deadlineMs)
    return this.#stopping
  }

  async #stop(deadlineMs: number): Promise<void> {
    const engine = this.#engine
    const untilMs = this.#options.clock.monotonicMs() + deadlineMs
    engine.watchdog.stop()
    engine.purge.stop()
    engine.lagMeter.stop()
    try {
      await engine.finish(deadlineMs)
    } finally {
      await engine.closeAll(this.#options.leaveOnStop, untilMs)
    }
  }

  tasks(): readonly TaskInfo[] {
    const { registry } = this.#engine
    const opening = registry.openingIds.map(({ id, partition }) => ({
      task: id,
      partition,
      state: 'recovering' as const,
    }))
    const open = [...registry.tasks.values()].map((task) => ({
      task: task.id,
      partition: task.partition,
      state: task.state,
    }))
    return [...opening, ...open].filter(isAlive)
  }

  committedRowsOf<K, V>(table: TableDeclaration<K, V>, rowKey: Uint8Array): ReadableRows<K, V> {
    const { topology, partitions } = this.#options
    const subTopology = topology.subTopologies.find((sub) => sub.tables.some((own) => own.name === table.name))
    const partitioner = subTopology?.sources[0]?.partitioner ?? 'murmur2'
    const placedBy = table.placedBy === undefined ? rowKey : table.placedBy(rowKey)
    const partition = partitionOfKey(partitioner, placedBy, partitions.get(table.changelog.name) ?? 1)
    const rows = tablesOf(this.#engine, table.name).find((candidate) => candidate.partition === partition)
    if (rows === undefined) {
      throw new StreamError({
        code: 'STREAM_NO_TASK',
        message: `This worker does not own partition ${partition} of table "${table.name}" (now); ask the worker that does, or try again after the rebalance`,
        retryable: true,
        place: { table: table.name, partition },
      })
    }
    return this.#committed(rows)
  }

  committedRows<K, V>(table: TableDeclaration<K, V>): readonly ReadableRows<K, V>[] {
    return tablesOf(this.#engine, table.name).map((rows) => this.#committed<K, V>(rows))
  }

  globalRows<K, V>(table: GlobalTableDeclaration<K, V>): readonly ReadableRows<K, V>[] {
    // As below.
    return this.#engine.globals.rowsOf(table) as unknown as readonly ReadableRows<K, V>[]
  }

  /** Rows are kept untyped; what goes in and out passes the serdes of the very declaration that was asked for. */
  #committed<K, V>(rows: TablePartition): ReadableRows<K, V> {
    return new CommittedRows(rows, () => this.#options.clock.now()) as unknown as ReadableRows<K, V>
  }
}

function tablesOf(engine: StreamEngine, table: string): TablePartition[] {
  return [...engine.registry.tasks.values()].flatMap((task) => task.tables).filter((rows) => rows.table.name === table)
}

function isAlive(task: { readonly state: TaskInfo['state'] | 'closed' }): task is TaskInfo {
  return task.state !== 'closed'
}
