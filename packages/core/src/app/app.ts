import {
  type AgentDeclaration,
  type AgentFunction,
  type AgentOptions,
  agentConsumer,
  type HandlerDeclaration,
  type HandlerFunction,
  type HandlerOptions,
  handlerConsumer,
} from '../agent/index.ts'
import { StreamError } from '../errors/index.ts'
import type { TaskInfo } from '../runtime/index.ts'
import { type Clock, type Random, systemClock } from '../service/index.ts'
import { type Stream, StreamGraph, type StreamOptions } from '../stream/index.ts'
import {
  type AnyGlobalTable,
  type AnyTable,
  connectGlobalTable,
  connectTable,
  declareExpiringTable,
  declareGlobalTable,
  declareSetTable,
  declareTable,
  declareTimestampedTable,
  declareVersionedTable,
  type ExpiringTable,
  type ExpiringTableOptions,
  type ExpiringTableOptionsWithDefault,
  type GlobalTable,
  type GlobalTableOptions,
  type SetTable,
  type SetTableOptions,
  type Table,
  type TableOptions,
  type TableOptionsWithDefault,
  type Tables,
  type TimestampedTable,
  type TimestampedTableOptions,
  type TtlOptions,
  type VersionedTable,
  type VersionedTableOptions,
} from '../table/index.ts'
import {
  buildTopology,
  type Channel,
  type ChannelDeclaration,
  type ConsumerDeclaration,
  type DescriptionFormat,
  declareChannel,
  declareTopic,
  describeIn,
  type Topic,
  type TopicDeclaration,
  type TopicOptions,
  type Topology,
  type TopologyDescription,
} from '../topology/index.ts'
import { type AppConfig, type ChosenAdapters, resolveConfig } from './app-config.ts'
import { AppEmitter, type AppEvents, type AppListener } from './app-events.ts'
import { AppLifecycle, type Assembled, type EngineReports } from './app-lifecycle.ts'
import type { AppOptions } from './app-options.ts'
import { runUntilOver } from './app-run.ts'
import type { AppState } from './app-state.ts'
import type { HostProcess } from './host-process.ts'
import { type Log, stderrLog } from './log.ts'
import { wire } from './wiring.ts'

/**
 * A stream processing program: topics, tables, and what runs on them, declared first and then started, once. Workers are the same
 * program started several times; the broker's consumer group shares the work out among them.
 */
export class App {
  readonly id: string
  readonly version: string | undefined
  /** What the app is configured with, and where each value came from. */
  readonly config: AppConfig
  readonly #options: AppOptions
  readonly #chosen: ChosenAdapters
  readonly #clock: Clock
  readonly #random: Random
  readonly #host: HostProcess
  readonly #log: Log
  readonly #events: AppEmitter
  readonly #lifecycle: AppLifecycle
  readonly #streams: StreamGraph
  readonly #topics: TopicDeclaration[] = []
  readonly #channels: ChannelDeclaration[] = []
  readonly #tables: AnyTable[] = []
  readonly #globalTables: AnyGlobalTable[] = []
  readonly #consumers: ConsumerDeclaration[] = []
  #topology: Topology | undefined
  #partitions: ReadonlyMap<string, number> | undefined

  /** @throws STREAM_CONFIG_INVALID with everything that is wrong in the configuration */
  constructor(options: AppOptions) {
    this.id = options.id
    this.version = options.version
    this.#options = options
    this.#clock = options.runtime?.clock ?? systemClock
    this.#random = options.runtime?.random ?? Math.random
    this.#host = options.runtime?.process ?? process
    const { config, adapters } = resolveConfig(options, this.#host.env)
    this.config = config
    this.#chosen = adapters
    this.#log = options.log ?? stderrLog(this.id)
    this.#events = new AppEmitter(this.#log)
    this.#streams = new StreamGraph(this.id, (what) => this.#assertOpen(what))
    this.#lifecycle = new AppLifecycle({
      appId: this.id,
      drainTimeoutMs: config.values.drainTimeoutMs,
      assemble: (reports, signal) => this.#assemble(reports, signal),
      onChange: (change) => this.#events.emit('state', change),
    })
  }

  /** Where the app stands. */
  get state(): AppState {
    return this.#lifecycle.state
  }

  /** Why the app failed; undefined in every other state. */
  get failure(): StreamError | undefined {
    return this.#lifecycle.failure
  }

  /** Declares a topic. It is verified at the start, and created where it is missing and the setting `createTopics` allows it. */
  topic<K = Uint8Array, V = Uint8Array>(name: string, options?: TopicOptions<K, V>): Topic<K, V> {
    this.#assertOpen(`topic "${name}"`)
    const topic = declareTopic(name, options)
    this.#topics.push(topic)
    return topic
  }

  /** Declares a channel between the consumers of one task: in memory, in order, part of the record that sends. */
  channel<K = unknown, V = unknown>(name: string): Channel<K, V> {
    this.#assertOpen(`channel "${name}"`)
    const channel = declareChannel<K, V>(name)
    this.#channels.push(channel)
    return channel
  }

  /** Reads a topic or a channel as a stream of operators. */
  stream<K, V>(source: TopicDeclaration<K, V> | ChannelDeclaration<K, V>, options?: StreamOptions): Stream<K, V> {
    return this.#streams.stream(source, options)
  }

  /**
   * Declares a table, with the changelog `{app id}-{name}-changelog`. Agents and handlers list it to work with it. With `ttl` its rows go
   * by themselves.
   */
  table<K, V>(name: string, options: ExpiringTableOptionsWithDefault<K, V>): ExpiringTable<K, V, V>
  table<K, V>(name: string, options: ExpiringTableOptions<K, V>): ExpiringTable<K, V>
  table<K, V>(name: string, options: TableOptionsWithDefault<K, V>): Table<K, V, V>
  table<K, V>(name: string, options: TableOptions<K, V>): Table<K, V>
  table<K, V>(name: string, options: TableOptions<K, V> & { ttl?: TtlOptions }): Table<K, V> | ExpiringTable<K, V> {
    const { ttl, ...plain } = options ?? {}
    return this.#keep(name, () =>
      ttl === undefined ? declareTable(this.id, name, plain) : declareExpiringTable(this.id, name, { ...plain, ttl }),
    )
  }

  /** Declares a table of sets, a row for each member, with the changelog `{app id}-{name}-changelog`. */
  setTable<K, M>(name: string, options: SetTableOptions<K, M>): SetTable<K, M> {
    return this.#keep(name, () => declareSetTable(this.id, name, options))
  }

  /** Declares a table of values by time, with the changelog `{app id}-{name}-changelog`. */
  timestampedTable<K, V>(name: string, options: TimestampedTableOptions<K, V>): TimestampedTable<K, V> {
    return this.#keep(name, () => declareTimestampedTable(this.id, name, options))
  }

  /** Declares a table that tells what held at a time (KIP-889), with the changelog `{app id}-{name}-changelog`. */
  versionedTable<K, V>(name: string, options: VersionedTableOptions<K, V>): VersionedTable<K, V> {
    return this.#keep(name, () => declareVersionedTable(this.id, name, options))
  }

  /**
   * Declares a topic as a table that every worker has all of, before it processes its first record. Agents and handlers list it to read it;
   * nothing of the app writes to it, and it has no changelog. A record that is no row (null key, or what the topic's serdes cannot read)
   * fails the app.
   */
  globalTable<K, V>(
    name: string,
    topic: TopicDeclaration<K, V>,
    options: GlobalTableOptions<K, V> & { readonly default: () => NoInfer<V> },
  ): GlobalTable<K, V, V>
  globalTable<K, V>(name: string, topic: TopicDeclaration<K, V>, options?: GlobalTableOptions<K, V>): GlobalTable<K, V>
  globalTable<K, V>(
    name: string,
    topic: TopicDeclaration<K, V>,
    options?: GlobalTableOptions<K, V>,
  ): GlobalTable<K, V> {
    this.#assertOpen(`table "${name}"`)
    const table = declareGlobalTable(name, topic, options)
    this.#globalTables.push(table)
    return table
  }

  /** Declares an agent: a loop over its source, one instance per task, one event after the other. */
  agent<K, V, T extends Tables = Record<never, never>, R = unknown>(
    name: string,
    options: AgentOptions<K, V, T, R>,
    fn: AgentFunction<K, V, T, NoInfer<R>>,
  ): AgentDeclaration<K, V> {
    this.#assertOpen(`agent "${name}"`)
    const agent = agentConsumer({ ...options, name, clock: this.#clock, random: this.#random }, fn)
    this.#consumers.push(agent)
    return agent
  }

  /** Declares a handler: one call per event, in order per key, many keys at once (the setting `handlerConcurrency`). */
  handler<K, V, T extends Tables = Record<never, never>, R = unknown>(
    name: string,
    options: HandlerOptions<K, V, T, R>,
    fn: HandlerFunction<K, V, T, NoInfer<R>>,
  ): HandlerDeclaration<K, V> {
    this.#assertOpen(`handler "${name}"`)
    const concurrency = options.concurrency ?? this.config.values.handlerConcurrency
    const handler = handlerConsumer({ ...options, name, concurrency }, fn)
    this.#consumers.push(handler)
    return handler
  }

  /** Listens to lifecycle events until the returned function is called. */
  on<Name extends keyof AppEvents>(name: Name, listener: AppListener<Name>): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * The topology: as data, as text for a terminal, or as a Mermaid flowchart. Partition counts are in it once the app has started.
   *
   * @throws STREAM_DECLARATION_INVALID, STREAM_TOPOLOGY_INVALID with everything that is wrong in the declarations
   */
  describe(): TopologyDescription
  describe(format: 'text' | 'mermaid'): string
  describe(format?: DescriptionFormat): TopologyDescription | string {
    return describeIn(format, this.#topology ?? this.#build(), this.#partitions)
  }

  /** The tasks that this worker has now. */
  tasks(): readonly TaskInfo[] {
    return this.#lifecycle.engine?.tasks() ?? []
  }

  /**
   * Starts the app inside a program of its own; resolves when it works, or joins its group. Rejects with what is wrong: declarations,
   * configuration, adapters, topics, the broker. Everything is closed then, and the app is `failed`. Where a stop cuts it short it rejects
   * with `STREAM_CLOSED`, and the app is `stopped`.
   */
  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  /**
   * Finishes what is in flight (within the setting `drainTimeoutMs`), makes a last cut and closes everything. A start that is under way is
   * cut short, whatever it waits for. Idempotent. Rejects with what went wrong on the way; everything is closed all the same.
   */
  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  /**
   * Runs the app as the program: starts it, stops it at SIGINT or SIGTERM, and resolves when it is over. A second signal ends the process
   * at once, uncommitted work is done again after the next start. A failure does not reject: it is logged, and makes the exit code 1.
   * After a signal or a failure the process ends 5 s later at the latest.
   */
  async run(): Promise<void> {
    if (this.state !== 'created') return this.#lifecycle.start()
    return runUntilOver(this.#lifecycle, this.#host, this.#log)
  }

  async #assemble(reports: EngineReports, signal: AbortSignal): Promise<Assembled> {
    const topology = this.#build()
    this.#topology = topology
    const assembled = await wire({
      topology,
      config: this.config,
      chosen: this.#chosen,
      adapters: this.#options.adapters ?? [],
      sensors: [...(this.#options.sensors ?? []), this.#events.sensor()],
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      reports,
      signal,
      onPartitions: (partitions) => {
        this.#partitions = partitions
      },
    })
    for (const table of this.#tables) connectTable(table, assembled.engine)
    for (const table of this.#globalTables) connectGlobalTable(table, assembled.engine)
    return { engine: assembled.engine, close: () => this.#disassemble(assembled) }
  }

  #disassemble(assembled: Assembled): Promise<void> {
    for (const table of this.#tables) connectTable(table, undefined)
    for (const table of this.#globalTables) connectGlobalTable(table, undefined)
    return assembled.close()
  }

  #build(): Topology {
    return buildTopology({
      appId: this.id,
      version: this.version,
      topics: this.#topics,
      channels: this.#channels,
      tables: this.#tables,
      globalTables: this.#globalTables,
      consumers: [...this.#consumers, ...this.#streams.consumers()],
      problems: this.#streams.problems(),
    })
  }

  #keep<T extends AnyTable>(name: string, declare: () => T): T {
    this.#assertOpen(`table "${name}"`)
    const table = declare()
    this.#tables.push(table)
    return table
  }

  #assertOpen(what: string): void {
    if (this.state === 'created') return
    throw new StreamError({
      code: 'STREAM_DECLARED_TOO_LATE',
      message: `${what} is declared too late: app ${this.id} is ${this.state}; declare everything before app.start() or app.run()`,
      place: { app: this.id, state: this.state },
    })
  }
}
