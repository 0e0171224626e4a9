import type { Clock, Random, TopicSpec } from '@stream/core/adapter'
import { topicMissing } from './broker-errors.ts'
import { BrokerTimers } from './broker-timers.ts'
import { compact, wantsCompaction } from './compaction.ts'
import type { Connection } from './connection.ts'
import { Faults } from './faults.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import type { PartitionLog } from './partition-log.ts'
import { retain } from './retention.ts'
import { Topic } from './topic.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

/** What a broker needs to know. */
export interface BrokerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly defaultPartitions: number
  readonly upkeepIntervalMs: number
  readonly maxTransactionTimeoutMs: number
  readonly offsetsRetentionMs: number
  readonly markerDelayMs: number
  readonly latencyMs: { readonly min: number; readonly max: number } | undefined
}

/** The embedded log from inside: topics, groups and transactions, who is connected, and what is broken for a test. */
export class Broker {
  readonly options: BrokerOptions
  readonly clock: Clock
  readonly faults: Faults = new Faults()
  /** Called when the log can be reached again. */
  readonly availability: Set<() => void> = new Set()
  readonly timers: BrokerTimers
  readonly transactions: TransactionCoordinator
  readonly topics: Map<string, Topic> = new Map()
  readonly groups: Map<string, GroupCoordinator> = new Map()
  readonly #connections: Map<string, Connection> = new Map()
  #isAvailable = true
  #connectionCount = 0
  #memberCount = 0

  constructor(options: BrokerOptions) {
    this.options = options
    this.clock = options.clock
    this.timers = new BrokerTimers(this.clock)
    this.transactions = new TransactionCoordinator(this.clock, options.random, this.timers, options.markerDelayMs)
    this.#scheduleUpkeep()
  }

  createTopic(spec: Pick<TopicSpec, 'name'> & Partial<TopicSpec>): void {
    if (this.topics.has(spec.name)) return
    const full: TopicSpec = { partitions: -1, replicationFactor: -1, configs: {}, ...spec }
    this.topics.set(spec.name, new Topic(full, this.options.defaultPartitions))
    for (const group of this.groups.values()) group.topicChanged(spec.name)
  }

  deleteTopic(name: string): void {
    const topic = this.topics.get(name)
    if (topic === undefined) return
    this.topics.delete(name)
    for (const partition of topic.partitions) partition.notify()
    for (const group of this.groups.values()) {
      group.offsets.forgetTopic(name)
      group.topicChanged(name)
    }
  }

  compact(topic: string | undefined): number {
    let gone = 0
    for (const { name, configs, partitions } of this.topics.values()) {
      if (!configs.compacted || (topic !== undefined && topic !== name)) continue
      for (const partition of partitions) gone += compact(partition, configs, this.clock.now())
    }
    return gone
  }

  upkeep(): void {
    const now = this.clock.now()
    for (const { configs, partitions } of this.topics.values()) {
      for (const partition of partitions) {
        retain(partition, configs, now)
        if (configs.compacted && wantsCompaction(partition, configs, now)) compact(partition, configs, now)
      }
    }
    for (const group of this.groups.values()) group.expireOffsets(now, this.options.offsetsRetentionMs)
  }

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

  connection(clientId: string): Connection | undefined {
    return this.#connections.get(clientId)
  }

  /** Tells the apps that have the log open. */
  report(level: 'warn' | 'error', message: string): void {
    for (const connection of this.#connections.values()) connection.report(level, message)
  }

  /** A name for a connection. */
  nextClientId(): string {
    this.#connectionCount += 1
    return `memory-${this.#connectionCount}`
  }

  /** An id for a member that joins. */
  nextMemberId(prefix: string): string {
    this.#memberCount += 1
    const suffix = Math.floor(this.options.random() * 2 ** 32)
    return `${prefix}-${this.#memberCount}-${suffix.toString(16).padStart(8, '0')}`
  }

  /** A transport opened. */
  attach(connection: Connection): void {
    this.#connections.set(connection.clientId, connection)
    if (this.#connections.size === 1) this.timers.setUsed(true)
  }

  /** A transport closed or died. */
  detach(connection: Connection): void {
    this.#connections.delete(connection.clientId)
    if (this.#connections.size === 0) this.timers.setUsed(false)
  }

  /** Throws `STREAM_TOPIC_MISSING`. */
  partition(topic: string, partition: number): PartitionLog {
    const found = this.topics.get(topic)
    if (found === undefined) throw topicMissing(topic)
    const log = found.partitions[partition]
    if (log === undefined) throw topicMissing(topic, partition)
    return log
  }

  /** The coordinator of a group, made when it is first asked for. */
  group(groupId: string): GroupCoordinator {
    let group = this.groups.get(groupId)
    if (group === undefined) {
      group = new GroupCoordinator(groupId, 0, this.clock, this.timers)
      this.groups.set(groupId, group)
    }
    return group
  }

  /** How long the next request travels. */
  latencyMs(): number {
    const range = this.options.latencyMs
    return range === undefined ? 0 : range.min + this.options.random() * (range.max - range.min)
  }

  #scheduleUpkeep(): void {
    this.timers.after(this.options.upkeepIntervalMs, () => {
      this.upkeep()
      this.#scheduleUpkeep()
    })
  }
}
