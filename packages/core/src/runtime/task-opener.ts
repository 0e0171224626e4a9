import type { StreamError } from '../errors/index.ts'
import type { RoundRobin } from '../partitioner/index.ts'
import { type Recoverer, type RecoveryProgress, type RowAccess, TablePartition } from '../state/index.ts'
import type { Store, StorePartition } from '../store/index.ts'
import type { SubTopology, TableDeclaration } from '../topology/index.ts'
import type { GroupConsumer, Reader, TopicPartition } from '../transport/index.ts'
import { ConsumerRuntime } from './consumer-runtime.ts'
import type { EngineOptions } from './engine.ts'
import type { TaskConsumer } from './invocation.ts'
import { openRows } from './open-rows.ts'
import { OutputTopic } from './output-topic.ts'
import type { TaskId } from './owned-tasks.ts'
import { startPositions } from './start-positions.ts'
import { restoredTime } from './stream-time.ts'
import { Task, type TaskHost } from './task.ts'
import { TaskInput } from './task-input.ts'
import type { Wait, Waits } from './waits.ts'

/** Bytes of a changelog record beside its value, when a value's size is held against `max.message.bytes`. */
const changelogOverheadBytes = 512

/** What opening needs of the engine. */
export interface OpenerOptions {
  readonly engine: EngineOptions
  readonly consumer: GroupConsumer
  readonly reader: Reader
  readonly recoverer: Recoverer
  readonly nullKeys: RoundRobin
  readonly waits: Waits
  readonly host: TaskHost
  /** Ends the app: for what no error policy can mend. */
  fail(error: StreamError): void
  onRecovery(
    task: TaskId,
    table: string,
    phase: 'start' | 'progress' | 'end',
    progress: RecoveryProgress,
    durationMs: number,
  ): void
}

/** Opens tasks: stable committed offsets, then the stores, then the changelogs to their end, then the consumers. */
export class TaskOpener {
  readonly #options: OpenerOptions
  readonly #outputs = new Map<string, OutputTopic>()

  constructor(options: OpenerOptions) {
    this.#options = options
    const { engine } = options
    for (const topic of engine.topology.topics) {
      const count = engine.partitions.get(topic.name)
      if (count === undefined) continue
      this.#outputs.set(
        topic.name,
        new OutputTopic(topic, count, engine.maxMessageBytes.get(topic.name), options.nullKeys),
      )
    }
  }

  /** The output of a topic of the topology, for what the runtime itself sends (dead letters). */
  output(topic: string): OutputTopic | undefined {
    return this.#outputs.get(topic)
  }

  /** Rejects with `STREAM_CLOSED` when the signal aborts on the way; what was opened is closed then. */
  async open(id: TaskId, abort: AbortController): Promise<Task> {
    const positions = await this.#startPositions(id, abort.signal)
    abort.signal.throwIfAborted()
    const stores: StorePartition[] = []
    const attempt = new AbortController()
    const signal = AbortSignal.any([abort.signal, attempt.signal])
    const opening = id.subTopology.tables.map((table) => this.#openTable(id, table, signal, stores))
    try {
      const tables = await Promise.all(opening)
      signal.throwIfAborted()
      return this.#assemble(id, tables, positions, abort)
    } catch (error) {
      attempt.abort()
      // One of them may be about to open its store, which would stay open.
      await Promise.allSettled(opening)
      await Promise.allSettled(stores.map((store) => store.close()))
      throw error
    }
  }

  async #startPositions(id: TaskId, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const { engine, consumer, reader, waits } = this.#options
    const { offsetReset, sessionTimeoutMs } = engine.settings
    const sources = id.sources.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
    const place = { task: id.id, partition: id.partition }
    const asked = consumer.committed(id.sources)
    const committed = await waits.until(asked, `the committed offsets of ${sources}`, place, sessionTimeoutMs)
    signal.throwIfAborted()
    return waits.until(startPositions(committed, reader, offsetReset), `the ends of ${sources}`, place)
  }

  async #openTable(
    id: TaskId,
    table: TableDeclaration,
    signal: AbortSignal,
    opened: StorePartition[],
  ): Promise<TablePartition> {
    const { waits } = this.#options
    const store = table.store ?? this.#options.engine.store
    const place = { task: id.id, table: table.name, topic: table.changelog.name, partition: id.partition }
    const wait = waits.begin(`the store ${store.name} to open table ${table.name}, partition ${id.partition}`, place)
    try {
      return await this.#recoverTable(id, table, store, signal, opened, wait)
    } finally {
      wait.end()
    }
  }

  async #recoverTable(
    id: TaskId,
    table: TableDeclaration,
    store: Store,
    signal: AbortSignal,
    opened: StorePartition[],
    wait: Wait,
  ): Promise<TablePartition> {
    const { engine, recoverer, reader } = this.#options
    const changelog: TopicPartition = { topic: table.changelog.name, partition: id.partition }
    const rows = await openRows({
      store,
      changelog,
      reader,
      deleteRetentionMs: engine.deleteRetentionMs.get(changelog.topic),
      clock: engine.clock,
      log: engine.log,
    })
    opened.push(rows)
    const startedAtMs = engine.clock.monotonicMs()
    const tell = (phase: 'start' | 'progress' | 'end', progress: RecoveryProgress): void => {
      const { position, end } = progress
      wait.step(`the changelog ${changelog.topic}-${changelog.partition}, replayed to ${position} of ${end}`)
      this.#options.onRecovery(id, table.name, phase, progress, engine.clock.monotonicMs() - startedAtMs)
    }
    wait.step(`the ends of the changelog ${changelog.topic}-${changelog.partition}`)
    const recovered = await recoverer.recover({
      changelog,
      store,
      rows,
      from: rows.position?.changelogOffset,
      giveUpAfterMs: engine.settings.taskTimeoutMs,
      signal,
      onStart: (progress) => tell('start', progress),
      onProgress: (progress) => tell('progress', progress),
    })
    const { changelogOffset } = recovered.position
    tell('end', { changelog, position: changelogOffset, end: changelogOffset, rows: recovered.rows })
    wait.step(`the store ${store.name} to take the position of table ${table.name}, partition ${id.partition}`)
    // Also where nothing was replayed: the log end is a newer lower bound, and says so to the next one who opens it.
    await store.apply([{ partition: rows, rows: [], position: recovered.position }])
    const partition = new TablePartition({
      table,
      partition: id.partition,
      store: rows,
      isShared: isShared(id.subTopology, table),
      cacheBytes: this.#cacheBytesPerPartition(),
      freezeValues: engine.settings.freezeValues,
    })
    if (table.expiry?.clock === 'event') partition.streamTimeMs = await restoredTime(rows)
    return partition
  }

  #cacheBytesPerPartition(): number {
    const { engine } = this.#options
    let partitions = 0
    for (const sub of engine.topology.subTopologies) {
      for (const table of sub.tables) partitions += engine.partitions.get(table.changelog.name) ?? 1
    }
    return Math.floor(engine.settings.tableCacheBytes / Math.max(1, partitions))
  }

  #assemble(
    id: TaskId,
    tables: readonly TablePartition[],
    positions: ReadonlyMap<string, number>,
    abort: AbortController,
  ): Task {
    const { subTopology, partition } = id
    let opened: Task | undefined
    const context = {
      task: id.id,
      partition,
      fail: (error: StreamError) => {
        // At once: what the consumer does with the record in hand must not count any more.
        if (opened?.isOpen === true) opened.state = 'halted'
        this.#options.fail(error)
      },
    }
    const access = new Map(tables.map((rows) => [rows.table.name, this.#access(subTopology, rows)]))
    const consumers = subTopology.consumers.map((declaration): TaskConsumer => {
      const outputs = new Map<string, OutputTopic>()
      const channels = new Set<string>()
      for (const output of declaration.outputs) {
        if (output.kind === 'channel') channels.add(output.name)
        else outputs.set(output.name, this.#outputs.get(output.name)!)
      }
      const reach = {
        outputs,
        channels,
        tables: new Map(declaration.tables.map((table) => [table.name, access.get(table.name)!])),
        signal: abort.signal,
      }
      return new ConsumerRuntime(declaration, declaration.create(context), reach)
    })
    const bySource = new Map<string, TaskConsumer[]>()
    for (const [index, declaration] of subTopology.consumers.entries()) {
      const { name } = declaration.source
      bySource.set(name, [...(bySource.get(name) ?? []), consumers[index]!])
    }
    const inputs = id.sources.map((source, index) => {
      const declaration = subTopology.sources.find((topic) => topic.name === source.topic)!
      return new TaskInput(index, declaration, partition, positions.get(source.topic)!)
    })
    opened = new Task(
      {
        id: id.id,
        subTopology,
        partition,
        inputs,
        tables,
        expiring: [...access.values()].filter(({ rows }) => rows.table.expiry !== undefined),
        consumers,
        bySource,
        abort,
      },
      this.#options.host,
    )
    return opened
  }

  #access(subTopology: SubTopology, rows: TablePartition): RowAccess {
    const { engine } = this.#options
    const store = rows.table.store ?? engine.store
    const changelogBytes = engine.maxMessageBytes.get(rows.table.changelog.name) ?? Number.POSITIVE_INFINITY
    return {
      rows,
      partitioner: subTopology.sources[0]?.partitioner ?? 'murmur2',
      partitionCount: engine.partitions.get(rows.table.changelog.name) ?? 1,
      maxKeyBytes: Math.min(store.maxKeyBytes ?? Number.POSITIVE_INFINITY, changelogBytes / 2),
      maxValueBytes: Math.min(store.maxValueBytes ?? Number.POSITIVE_INFINITY, changelogBytes - changelogOverheadBytes),
      partitionOfTask: rows.partition,
      sensors: engine.sensors,
      now: () => engine.clock.now(),
    }
  }
}

/** Whether several records in flight can touch the table at a time. */
function isShared(subTopology: SubTopology, table: TableDeclaration): boolean {
  // Its rows go by themselves, while records are in flight.
  if (table.expiry !== undefined) return true
  const users = subTopology.consumers.filter((consumer) => consumer.tables.some((used) => used.name === table.name))
  return users.length > 1 || users.some((consumer) => consumer.concurrency > 1)
}
