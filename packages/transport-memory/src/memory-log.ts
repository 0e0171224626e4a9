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
import { Broker } from './broker.ts'
import type { Faults } from './faults.ts'
import { Snapshot, type SnapshotOptions } from './snapshot.ts'

/** Settings of a log, as a broker has them. */
export interface MemoryLogOptions {
  /** The only source of time. @default the machine's clock */
  readonly clock?: Clock
  /** The only source of randomness: member ids, latencies. @default Math.random */
  readonly random?: Random
  /** Partitions of a topic that is created with -1. @default 1 */
  readonly defaultPartitions?: number
  /** How often retention, compaction and the expiry of offsets run. @default 30000 */
  readonly upkeepIntervalMs?: number
  /** The longest transaction timeout a committer may ask for. @default 900000 */
  readonly maxTransactionTimeoutMs?: number
  /** How long a group without members keeps its committed offsets. @default 604800000, a week */
  readonly offsetsRetentionMs?: number
  /**
   * How long the markers of a transaction lag behind its decision at most, each partition's and each group's for itself; readers wait
   * behind the last stable offset. @default 0
   */
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
  /** Internal: what transports on this log talk to. */
  readonly broker: Broker
  /** Faults for tests; nothing is broken unless a test asks for it. */
  readonly faults: Faults
  #snapshot: Snapshot | undefined
  #loading: Promise<void> = Promise.resolve()

  constructor(options: MemoryLogOptions = {}) {
    this.broker = new Broker({
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
      defaultPartitions: options.defaultPartitions ?? 1,
      upkeepIntervalMs: options.upkeepIntervalMs ?? 30_000,
      maxTransactionTimeoutMs: options.maxTransactionTimeoutMs ?? 900_000,
      offsetsRetentionMs: options.offsetsRetentionMs ?? 604_800_000,
      markerDelayMs: options.markerDelayMs ?? 0,
      latencyMs: options.latencyMs,
    })
    this.faults = this.broker.faults
  }

  /** Creates a topic unless it exists. Throws `STREAM_BROKER_REFUSED` for a name, count or config that a broker would not take. */
  createTopic(spec: Pick<TopicSpec, 'name'> & Partial<TopicSpec>): void {
    this.broker.createTopic(spec)
  }

  /** Removes a topic with all its records and the offsets that groups have committed for it. */
  deleteTopic(name: string): void {
    this.broker.deleteTopic(name)
  }

  /** Every topic with its number of partitions, in the order of their creation. */
  topics(): ReadonlyMap<string, number> {
    return new Map([...this.broker.topics.values()].map(({ name, partitions }) => [name, partitions.length]))
  }

  /** What a partition holds from an offset on, for tests and inspection. Throws `STREAM_TOPIC_MISSING`. */
  records(
    topic: string,
    partition: number,
    isolation: Isolation = 'read_committed',
    from: number = 0,
  ): readonly LogRecord[] {
    const log = this.broker.partition(topic, partition)
    const result: LogRecord[] = []
    let position = Math.max(from, log.logStart)
    for (;;) {
      const slice = log.read(position, isolation, Number.MAX_SAFE_INTEGER)
      if (slice === undefined) return result
      for (const record of slice.records) result.push(record)
      position = slice.nextOffset
    }
  }

  /** Whether {@link MemoryLog.records} has any; holes, such as the markers of transactions, are none. Throws `STREAM_TOPIC_MISSING`. */
  hasRecords(topic: string, partition: number, isolation: Isolation = 'read_committed', from: number = 0): boolean {
    const log = this.broker.partition(topic, partition)
    let position = Math.max(from, log.logStart)
    for (;;) {
      const slice = log.read(position, isolation, 1)
      if (slice === undefined) return false
      if (slice.records.length > 0) return true
      position = slice.nextOffset
    }
  }

  /** First offset, last stable offset and log end of a partition. Throws `STREAM_TOPIC_MISSING`. */
  offsets(topic: string, partition: number): { readonly start: number; readonly stable: number; readonly end: number } {
    const log = this.broker.partition(topic, partition)
    return { start: log.logStart, stable: log.stableEnd, end: log.logEnd }
  }

  /** What a group has committed, transactions that are open left out; undefined where it has committed nothing. */
  committedOffset(groupId: string, topic: string, partition: number): number | undefined {
    return this.broker.groups.get(groupId)?.offsets.fetch([{ topic, partition }])[0]?.offset
  }

  /** Whether a transaction is open, or decided and not visible everywhere yet. */
  get isTransactionPending(): boolean {
    return this.broker.transactions.isAnyPending
  }

  /** State, generation and members of a group. */
  describeGroup(groupId: string): {
    readonly state: string
    readonly generation: number
    readonly memberIds: readonly string[]
  } {
    const { state, generation, memberIds } = this.broker.group(groupId)
    return { state, generation, memberIds }
  }

  /** Compacts now what may be compacted; of all compacted topics unless one is named. Returns how many records went. */
  compact(topic?: string): number {
    return this.broker.compact(topic)
  }

  /**
   * Retention, compaction where enough has changed, and the expiry of offsets: what happens by itself every `upkeepIntervalMs`.
   */
  upkeep(): void {
    this.broker.upkeep()
  }

  /** Switches the whole log off, as a broker that is down, and on again. Its time stands still meanwhile; members get a fresh session. */
  setAvailable(isAvailable: boolean): void {
    this.broker.setAvailable(isAvailable)
  }

  get isAvailable(): boolean {
    return this.broker.isAvailable
  }

  /**
   * What SIGKILL does to a worker: all of the transport is gone at once, nothing is closed, its calls never answer. Members stay in
   * their groups until their session is over, transactions stay open until their timeout or the next `init()`.
   */
  crash(transport: Crashable): void {
    this.broker.connection(transport.clientId)?.crash()
  }

  /** What SIGSTOP does to a membership: no heartbeat, no answer to the group, until {@link MemoryLog.wake}. */
  stall(transport: Crashable): void {
    this.broker.connection(transport.clientId)?.stall()
  }

  /** Undoes {@link MemoryLog.stall}; a member that was evicted meanwhile learns it now. */
  wake(transport: Crashable): void {
    this.broker.connection(transport.clientId)?.wake()
  }

  /** Internal: loads the file on the first call, and writes it from then on. */
  async keepIn(options: SnapshotOptions): Promise<void> {
    if (this.#snapshot === undefined) {
      const snapshot = new Snapshot(this.broker, options)
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
}
