import type { TopologySummary } from '../assignment/index.ts'
import type { Settings } from '../config/index.ts'
import type { StreamError } from '../errors/index.ts'
import type { SensorHub } from '../sensor/index.ts'
import type { Clock, Random } from '../service/index.ts'
import type { Store } from '../store/index.ts'
import type { GlobalTableDeclaration, ReadableRows, TableDeclaration, Topology } from '../topology/index.ts'
import type { Admin, Transport } from '../transport/index.ts'

/** What the app wires into its engine. Transport and stores are open already, and stay the app's to close. */
export interface EngineOptions {
  readonly appId: string
  readonly topology: Topology
  /** Partition count of every topic of the topology, as it exists. */
  readonly partitions: ReadonlyMap<string, number>
  /** `max.message.bytes` of topics where it is known. */
  readonly maxMessageBytes: ReadonlyMap<string, number>
  /** `delete.retention.ms` of topics where it is known. */
  readonly deleteRetentionMs: ReadonlyMap<string, number>
  readonly transport: Transport
  readonly admin: Admin
  /** Whether the admin can delete records, so that repartition topics are purged. */
  readonly canDeleteRecords: boolean
  /** For tables that name no store of their own. */
  readonly store: Store
  readonly guarantee: 'at_least_once' | 'exactly_once'
  readonly settings: Settings
  readonly clock: Clock
  readonly random: Random
  readonly sensors: SensorHub
  /** Names this worker in its transactional id `{app}-{worker id}`. */
  readonly workerId: string
  /** Static membership; undefined: a dynamic member. */
  readonly instanceId?: string
  /** Whether a clean stop leaves the group. */
  readonly leaveOnStop: boolean
  /** What the workers of the group compare, so that topologies that cannot live together are refused. */
  readonly summary: TopologySummary
  readonly onState: (state: 'rebalancing' | 'recovering' | 'running') => void
  /** Called once; the engine has stopped taking records, and `stop()` must still be called. */
  readonly onFailure: (error: StreamError) => void
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/** One task as it stands. */
export interface TaskInfo {
  readonly task: string
  readonly partition: number
  /**
   * - `recovering`: its tables are being restored.
   * - `running`: takes records.
   * - `suspended`: its partitions are given up, and may come back.
   * - `draining`: the worker stops; what is in flight comes to its end.
   * - `halted`: a record stopped it.
   */
  readonly state: 'recovering' | 'running' | 'suspended' | 'draining' | 'halted'
}

/** The engine loop: fetch, conduct, process, cut. */
export interface Engine {
  /** Takes over the transactional id, joins the group and begins to work; resolves when the loop runs. */
  start(): Promise<void>
  /** Drains (what is in flight gets until the deadline), makes a last cut, gives the partitions up. Idempotent. */
  stop(options: { readonly deadlineMs: number }): Promise<void>
  tasks(): readonly TaskInfo[]
  /** Committed rows of the partition that a row's key bytes belong to; throws `STREAM_NO_TASK` where this worker does not own it. */
  committedRowsOf<K, V>(table: TableDeclaration<K, V>, rowKey: Uint8Array): ReadableRows<K, V>
  /** Committed rows of the partitions that this worker owns. */
  committedRows<K, V>(table: TableDeclaration<K, V>): readonly ReadableRows<K, V>[]
  /** All rows of a global table, a part for each partition of its topic; throws `STREAM_STATE_INVALID` until it has been read. */
  globalRows<K, V>(table: GlobalTableDeclaration<K, V>): readonly ReadableRows<K, V>[]
}
