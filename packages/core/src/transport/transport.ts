import type { StreamError } from '../errors/index.ts'
import type { Fetched, GroupConsumer, GroupHandle, GroupListener, GroupOptions } from './group.ts'
import type { Isolation, OutBatch, TopicPartition, TopicPartitionOffset } from './log.ts'

/** The version of the adapter contracts in this package; an adapter states the one it was written against. */
export const contractVersion = 1

/** What a transport can do. Core and the conformance kit branch on each flag; a false one makes core do what its line says. */
export interface TransportSupports {
  /** Transactions whose offsets are fenced by member and generation (KIP-447). False: `exactly_once` is refused. */
  readonly groupFencing: boolean
  /** Incremental rebalance (KIP-429). False: eager, with tasks suspended and resumed. */
  readonly cooperative: boolean
  /** Runs core's assignor with user data. False: the client's own assignment; topologies of workers cannot be compared. */
  readonly assignor: boolean
  /** Static membership (KIP-345). False: a restarted worker waits for the session timeout of its former self. */
  readonly staticMembership: boolean
  /** `Produced.baseOffset` and the positions of a committed outcome are known. False: positions are refreshed from the log end. */
  readonly producedOffsets: boolean
  /** `Admin.deleteRecords` works. False: repartition topics need an explicit retention. */
  readonly deleteRecords: boolean
  /** `Admin.describeTopics` returns topic configs. False: configs of existing topics are not verified. */
  readonly describeConfigs: boolean
}

/** What {@link Transport.reader} is asked for. */
export interface ReaderOptions {
  readonly isolation: Isolation
  readonly maxPollBytes: number
  readonly maxPartitionBytes: number
  readonly fetchWaitMs: number
}

/** Reads partitions without a group: recovery, standbys, global tables, tests. */
export interface Reader {
  /** Reads these from the given positions on, besides what is assigned already (whose position it replaces). */
  assign(positions: readonly TopicPartitionOffset[]): void
  unassign(partitions: readonly TopicPartition[]): void
  /** As {@link GroupConsumer.poll}; several batches of one partition may come in one answer, in order. */
  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]>
  /** First offset that the log still holds. */
  startOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]>
  /** The log end, or under `read_committed` the last stable offset. */
  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<readonly TopicPartitionOffset[]>
  close(): Promise<void>
}

/** What became of one batch. `error` is set where the broker refused it for good. */
export interface Produced extends TopicPartition {
  /** Offset of the first record, where `supports.producedOffsets`. */
  readonly baseOffset?: number
  readonly error?: StreamError
  /** Index of the refused record inside its batch, where it is known (a batch that is too large is split to find it). */
  readonly refused?: number
}

/** What {@link Transport.producer} is asked for. */
export interface ProducerOptions {
  /** The whole of one `send`, retries included; then it rejects with `STREAM_BROKER_UNAVAILABLE` or `STREAM_TIMEOUT`. */
  readonly deliveryTimeoutMs: number
}

/** Idempotent, not transactional. */
export interface Producer {
  /**
   * Appends; resolves when all in-sync replicas have every batch, in order of the batches given. Calls may overlap; the order of calls
   * is the order per partition. A record that is refused for good (too large) is reported in its {@link Produced}, and the records
   * around it are appended; anything else rejects the call.
   */
  send(batches: readonly OutBatch[]): Promise<readonly Produced[]>
  close(): Promise<void>
}

/** What {@link Transport.committer} is asked for. */
export interface CommitterOptions {
  readonly transactionalId: string
  /** After this long the broker aborts a transaction that was left open. */
  readonly timeoutMs: number
}

/** Everything one transaction holds. */
export interface CommitRequest {
  readonly out: readonly OutBatch[]
  readonly offsets: readonly TopicPartitionOffset[]
  readonly group: GroupHandle
}

/** Which record of a request the broker refused for good. */
export interface RefusedRecord extends TopicPartition {
  /** Index in {@link CommitRequest.out}. */
  readonly batch: number
  /** Index of the record in the batch. */
  readonly record: number
}

/**
 * How a transaction ended.
 * - `committed`: all of it is visible to read-committed readers, or will be as soon as the markers are written.
 *   `nextOffsets`: the position behind the last record of each partition written, where `supports.producedOffsets`.
 * - `aborted`: none of it is or will be visible. `refused` names the record the broker did not take, if that was the cause.
 * - `fenced`: none of it; another worker has this transactional id, or the group handle is over.
 * - `unknown`: it cannot be told (answer lost and not decidable); `init()` decides it.
 */
export type Outcome =
  | { readonly kind: 'committed'; readonly nextOffsets?: readonly TopicPartitionOffset[] }
  | { readonly kind: 'aborted'; readonly cause: StreamError; readonly refused?: RefusedRecord }
  | { readonly kind: 'fenced' | 'unknown'; readonly cause: StreamError }

/** One transactional id. Begin, send, offsets and end are one call, so that they cannot be misused. */
export interface Committer {
  /**
   * Takes the id over: fences earlier holders, ends what they left open and waits until that is done (KIP-98). Again after any outcome
   * but `committed`. Rejects with a retryable error when the broker cannot be reached before the timeout.
   */
  init(): Promise<void>
  /** One transaction: opened, filled, ended. Never rejects; one call at a time; `aborted` means that the abort is done. */
  commit(request: CommitRequest): Promise<Outcome>
  close(): Promise<void>
}

/** What {@link Admin.createTopics} makes. */
export interface TopicSpec {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  /** Kafka's topic configs, for example `{ 'cleanup.policy': 'compact' }`. */
  readonly configs: Readonly<Record<string, string>>
}

/** What exists. */
export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  /** Kafka's topic configs with the effective values, where `supports.describeConfigs`. */
  readonly configs?: Readonly<Record<string, string>>
}

/** Topics and their settings. */
export interface Admin {
  /** Missing topics are left out of the map. */
  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>
  /** Creates what is missing, and waits until it can be used; a topic that exists already is left alone. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Removes records below the offsets. Rejects with `STREAM_NOT_SUPPORTED` where `supports.deleteRecords` is false. */
  deleteRecords(before: readonly TopicPartitionOffset[]): Promise<void>
  /**
   * What the members of a stable group have joined with as {@link GroupOptions.userData}, one entry each; empty where nobody is in it, and
   * while it rebalances. Asked before internal topics are created, so that a worker that the group would refuse leaves no trace. Absent:
   * the client cannot tell, and such a worker learns of it when it joins.
   */
  groupUserData?(groupId: string): Promise<readonly Uint8Array[]>
  close(): Promise<void>
}

/** What a transport may use of the app that opens it. */
export interface TransportContext {
  /** Messages of the client library, one line each, without secrets. */
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/**
 * A way to a log. The narrow interface an adapter implements; core wraps it and does argument checks, lifecycle and deadlines once.
 * Several consumers, readers, producers and committers may be open at a time, each with connections of its own.
 */
export interface Transport {
  /** {@link contractVersion} of the core it was written against. */
  readonly contract: number
  /** For example `kafkajs`. */
  readonly name: string
  readonly supports: TransportSupports
  /**
   * Reaches the broker or rejects: `STREAM_BROKER_UNAVAILABLE` (retryable), `STREAM_AUTHENTICATION_FAILED`. Called once, first.
   * `supports` is final afterwards.
   */
  open(context: TransportContext): Promise<void>
  group(options: GroupOptions, listener: GroupListener): GroupConsumer
  reader(options: ReaderOptions): Reader
  producer(options: ProducerOptions): Producer
  committer(options: CommitterOptions): Committer
  admin(): Admin
  /** Closes what is left open. Idempotent. */
  close(): Promise<void>
}
