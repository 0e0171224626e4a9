import { resolve } from 'node:path'
import {
  type Clock,
  type Isolation,
  type LogRecord,
  type Random,
  StreamError,
  systemClock,
  type TopicSpec,
} from '@stream/core/adapter'
import { topicMissing } from './broker-errors.ts'
import { BrokerTimers } from './broker-timers.ts'
import { compact, wantsCompaction } from './compaction.ts'
import { Faults } from './faults.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import type { Link } from './link.ts'
import type { PartitionLog } from './partition-log.ts'
import { retain } from './retention.ts'
import { Snapshot, type SnapshotOptions } from './snapshot.ts'
import { Topic } from './topic.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

/** Settings of a log, as a broker has them. */
export interface MemoryLogOptions {
  /** The only source of time. @default the machine's clock */
  readonly clock?: Clock
  /** The only source of randomness: member ids, latencies. @default Math.random */
  readonly random?: Random
  /** Partitions of a topic that is created with -1. @default 1 */
  readonly defaultPartitions?: number
  /** How often retention and compaction run. @default 30000 */
  readonly upkeepIntervalMs?: number
  /** The longest transaction timeout a committer may ask for. @default 900000 */
  readonly maxTransactionTimeoutMs?: number
  /** How long the markers of a transaction lag behind its decision; readers wait behind the last stable offset. @default 0 */
  readonly markerDelayMs?: number
  /** How long a request travels: drawn evenly from this range for each. @default none, requests are answered at once */
  readonly latencyMs?: { readonly min: number; readonly max: number }
}

/** A transport, as {@link MemoryLog.crash} wants it. */
interface Crashable {
  readonly clientId: string
}

/**
 * The embedded log: what a Kafka cluster is, inside the process. Apps that are given the same instance, or the same name, share its
 * topics and groups. It is emptied by nothing but the end of the process, unless it is kept in a snapshot.
 */
export class MemoryLog {
  readonly clock: Clock
  readonly random: Random
  /** Faults for tests; nothing is broken unless a test asks for it. */
  readonly faults: Faults = new Faults()
  /** Internal: called when the log can be reached again. */
  readonly availability: Set<() => void> = new Set()
  /** Internal. */
  readonly timers: BrokerTimers
  /** Internal. */
  readonly transactions: TransactionCoordinator
  /** Internal. */
  readonly topics: Map<string, Topic> = new Map()
  /** Internal. */
  readonly groups: Map<string, GroupCoordinator> = new Map()
  readonly maxTransactionTimeoutMs: number
  readonly #options: MemoryLogOptions
  readonly #links: Map<string, Link> = new Map()
  #isAvailable = true
  #snapshot: Snapshot | undefined
  #loading: Promise<void> = Promise.resolve()
  #linkCount = 0
  #memberCount = 0

  constructor(options: MemoryLogOptions = {}) {
    this.#options = options
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.maxTransactionTimeoutMs = options.maxTransactionTimeoutMs ?? 900_000
    this.timers = new BrokerTimers(this.clock)
    this.transactions = new TransactionCoordinator(this.clock, this.timers, options.markerDelayMs ?? 0)
    this.#scheduleUpkeep()
  }

  /** Creates a topic unless it exists. Throws `STREAM_BROKER_REFUSED` for a name, count or config that a broker would not take. */
  createTopic(spec: Pick<TopicSpec, 'name'> & Partial<TopicSpec>): void {
    if (this.topics.has(spec.name)) return
    const full: TopicSpec = { partitions: -1, replicationFactor: -1, configs: {}, ...spec }
    this.topics.set(spec.name, new Topic(full, this.#options.defaultPartitions ?? 1))
    for (const group of this.groups.values()) group.topicChanged(spec.name)
  }

  /** Removes a topic with all its records. */
  deleteTopic(name: string): void {
    const topic = this.topics.get(name)
    if (topic === undefined) return
    this.topics.delete(name)
    for (const partition of topic.partitions) partition.notify()
    for (const group of this.groups.values()) group.topicChanged(name)
  }

  /** What a partition holds from an offset on, for tests and inspection. Throws `STREAM_TOPIC_MISSING`. */
  records(
    topic: string,
    partition: number,
    isolation: Isolation = 'read_committed',
    from: number = 0,
  ): readonly LogRecord[] {
    const log = this.partition(topic, partition)
    const result: LogRecord[] = []
    let position = Math.max(from, log.logStart)
    for (;;) {
      const slice = log.read(position, isolation, Number.MAX_SAFE_INTEGER)
      if (slice === undefined) return result
      for (const record of slice.records) result.push(record)
      position = slice.nextOffset
    }
  }

  /** First offset, last stable offset and log end of a partition. Throws `STREAM_TOPIC_MISSING`. */
  offsets(topic: string, partition: number): { readonly start: number; readonly stable: number; readonly end: number } {
    const log = this.partition(topic, partition)
    return { start: log.logStart, stable: log.stableEnd, end: log.logEnd }
  }

  /** What a group has committed, transactions that are open left out; undefined where it has committed nothing. */
  committedOffset(groupId: string, topic: string, partition: number): number | undefined {
    return this.groups.get(groupId)?.offsets.fetch([{ topic, partition }])[0]?.offset
  }

  /** State, generation and members of a group. */
  describeGroup(groupId: string): {
    readonly state: string
    readonly generation: number
    readonly memberIds: readonly string[]
  } {
    const { state, generation, memberIds } = this.group(groupId)
    return { state, generation, memberIds }
  }

  /** Compacts now what may be compacted; of all compacted topics unless one is named. Returns how many records went. */
  compact(topic?: string): number {
    let gone = 0
    for (const { name, configs, partitions } of this.topics.values()) {
      if (!configs.compacted || (topic !== undefined && topic !== name)) continue
      for (const partition of partitions) gone += compact(partition, configs, this.clock.now())
    }
    return gone
  }

  /** Retention, and compaction where enough has changed: what happens by itself every `upkeepIntervalMs`. */
  upkeep(): void {
    const now = this.clock.now()
    for (const { configs, partitions } of this.topics.values()) {
      for (const partition of partitions) {
        retain(partition, configs, now)
        if (configs.compacted && wantsCompaction(partition, configs, now)) compact(partition, configs, now)
      }
    }
  }

  /** Switches the whole log off, as a broker that is down, and on again. Its time stands still meanwhile; members get a fresh session. */
  setAvailable(isAvailable: boolean): void {
    if (this.#isAvailable === isAvailable) return
    this.#isAvailable = isAvailable
    this.timers.setUp(isAvailable)
    if (!isAvailable) return
    for (const group of this.groups.values()) group.renewSessions()
    for (const resume of [...this.availability]) resume()
  }

  get isAvailable(): boolean {
    return this.#isAvailable
  }

  /**
   * What SIGKILL does to a worker: all of the transport is gone at once, nothing is closed, its calls never answer. Members stay in
   * their groups until their session is over, transactions stay open until their timeout or the next `init()`.
   */
  crash(transport: Crashable): void {
    this.#links.get(transport.clientId)?.crash()
  }

  /** What SIGSTOP does to a membership: no heartbeat, no answer to the group, until {@link MemoryLog.wake}. */
  stall(transport: Crashable): void {
    this.#links.get(transport.clientId)?.stall()
  }

  /** Undoes {@link MemoryLog.stall}; a member that was evicted meanwhile learns it now. */
  wake(transport: Crashable): void {
    this.#links.get(transport.clientId)?.wake()
  }

  /** Internal: loads the file on the first call, and writes it from then on. */
  async keepIn(options: SnapshotOptions): Promise<void> {
    if (this.#snapshot === undefined) {
      const snapshot = new Snapshot(this, options)
      this.#snapshot = snapshot
      this.#loading = snapshot.load()
      this.#loading.catch(() => {
        this.#snapshot = undefined
      })
    } else if (this.#snapshot.path !== resolve(options.path)) {
      throw new StreamError({
        code: 'STREAM_CONFIG_INVALID',
        message: `This log is kept in ${this.#snapshot.path} already, and cannot be kept in ${options.path}, too. Use one file, or two logs.`,
        place: { path: options.path },
      })
    }
    await this.#loading
  }

  /** Writes the snapshot now, if the log is kept in one. Rejects with `STREAM_STORE_FAILED`. */
  async saveSnapshot(): Promise<void> {
    await this.#snapshot?.save()
  }

  /** Internal: tells the apps that have the log open. */
  report(level: 'warn' | 'error', message: string): void {
    for (const link of this.#links.values()) link.report(level, message)
  }

  /** Internal: a name for a connection. */
  nextClientId(): string {
    this.#linkCount += 1
    return `memory-${this.#linkCount}`
  }

  /** Internal: an id for a member that joins. */
  nextMemberId(prefix: string): string {
    this.#memberCount += 1
    const suffix = Math.floor(this.random() * 2 ** 32)
    return `${prefix}-${this.#memberCount}-${suffix.toString(16).padStart(8, '0')}`
  }

  /** Internal: a transport opened. */
  attach(link: Link): void {
    this.#links.set(link.clientId, link)
    if (this.#links.size === 1) this.timers.setUsed(true)
  }

  /** Internal: a transport closed or died. */
  detach(link: Link): void {
    this.#links.delete(link.clientId)
    if (this.#links.size === 0) this.timers.setUsed(false)
  }

  /** Internal. */
  partition(topic: string, partition: number): PartitionLog {
    const found = this.topics.get(topic)
    if (found === undefined) throw topicMissing(topic)
    const log = found.partitions[partition]
    if (log === undefined) throw topicMissing(topic, partition)
    return log
  }

  /** Internal: the coordinator of a group, made when it is first asked for. */
  group(groupId: string): GroupCoordinator {
    let group = this.groups.get(groupId)
    if (group === undefined) {
      group = new GroupCoordinator(groupId, 0, this.clock, this.timers)
      this.groups.set(groupId, group)
    }
    return group
  }

  /** Internal: whether time is the machine's, so that other work of the process needs its turn. */
  get isRealTime(): boolean {
    return this.clock === systemClock
  }

  /** Internal. */
  get hasLatency(): boolean {
    return this.#options.latencyMs !== undefined
  }

  /** Internal: how long the next request travels. */
  latencyMs(): number {
    const range = this.#options.latencyMs
    return range === undefined ? 0 : range.min + this.random() * (range.max - range.min)
  }

  #scheduleUpkeep(): void {
    this.timers.after(this.#options.upkeepIntervalMs ?? 30_000, () => {
      this.upkeep()
      this.#scheduleUpkeep()
    })
  }
}
