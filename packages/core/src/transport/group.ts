import type { Assignor } from '../assignment/index.ts'
import type { StreamError } from '../errors/index.ts'
import type { Isolation, LogRecord, TopicPartition, TopicPartitionOffset } from './log.ts'

/**
 * A membership as it was delivered with an assignment. Core passes it back with every commit of the tasks of that assignment, so
 * that a stalled former owner is fenced (KIP-447). Opaque except for these fields.
 */
export interface GroupHandle {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
  /** Present for a static member (KIP-345). */
  readonly instanceId?: string
}

/** What {@link Transport.group} is asked for. */
export interface GroupOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly isolation: Isolation
  /** `cooperative` (KIP-429) only where `supports.cooperative`. */
  readonly rebalance: 'eager' | 'cooperative'
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long a member may take to give up its partitions. */
  readonly rebalanceTimeoutMs: number
  /** Static membership (KIP-345), only where `supports.staticMembership`. */
  readonly instanceId?: string
  /** Used where `supports.assignor`; every member of the group passes the same one. */
  readonly assignor?: Assignor
  /** This member's metadata for the assignor, asked anew for every join. */
  readonly userData?: () => Uint8Array
  /** Upper bound of the bytes one poll returns, a single larger batch excepted. */
  readonly maxPollBytes: number
  /** Upper bound of the bytes fetched of one partition at a time, a single larger batch excepted. */
  readonly maxPartitionBytes: number
  /** How long the broker may hold a fetch back while there is nothing to read. */
  readonly fetchWaitMs: number
}

/**
 * What happens to the membership. Calls never overlap: the next one waits for the promise of the one before. Heartbeats go on while
 * a promise is pending, and nothing of the partitions concerned is delivered.
 */
export interface GroupListener {
  /**
   * These partitions are owned from now on; under `eager` all of the assignment, under `cooperative` only the new ones (also when
   * empty). A partition is delivered only after {@link GroupConsumer.seek} gave it a position.
   *
   * @param userData what the assignor sent to this member, if any
   */
  onAssign(partitions: readonly TopicPartition[], group: GroupHandle, userData?: Uint8Array): Promise<void>
  /** These partitions are given up as soon as the promise settles, or `deadlineMs` from now (then {@link GroupListener.onLost} follows). */
  onRevoke(partitions: readonly TopicPartition[], options: { readonly deadlineMs: number }): Promise<void>
  /** These partitions are gone already (session expired, fenced): commits for them would be refused. */
  onLost(partitions: readonly TopicPartition[]): void
  /** The membership ended for good (fenced static member, authorization, closed broker side); `poll` rejects with the same error. */
  onError(error: StreamError): void
}

/** Part of a partition's log, in offset order. */
export interface Fetched extends TopicPartition {
  /** The group generation it was fetched under; core drops what belongs to an assignment that is over. 0 from a {@link Reader}. */
  readonly assignment: number
  readonly records: readonly LogRecord[]
  /** The position behind the batch: steps over control records, aborted records and holes of compaction. */
  readonly nextOffset: number
  /** The log end (under `read_committed` the last stable offset) when this was fetched. */
  readonly endOffset?: number
  /** Payload bytes of the records, for backpressure. */
  readonly sizeBytes: number
  /**
   * Nothing could be read: `STREAM_OFFSET_OUT_OF_RANGE` (position outside the log; place carries `logStart`), `STREAM_RECORD_CORRUPT`,
   * `STREAM_TOPIC_MISSING`, `STREAM_AUTHORIZATION_FAILED`. The partition stays where it is, and is not read again before a `seek`.
   */
  readonly error?: StreamError
}

/** A committed position; `offset` is undefined where the group has none. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number | undefined
}

/** One member of a consumer group. */
export interface GroupConsumer {
  /**
   * What has arrived, at most one batch per partition, or an empty list after `maxWaitMs`. Also returns early, empty, when something
   * happened to the membership. Temporary trouble (broker away, leader moved) is retried inside and never rejects; a fatal one rejects
   * with the error given to {@link GroupListener.onError}. One call at a time.
   */
  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]>
  /** Positions owned partitions; what was fetched for the old position is dropped. Ignores partitions that are not owned. */
  seek(positions: readonly TopicPartitionOffset[]): void
  /** Delivers nothing of these partitions, and keeps their position, until resumed. */
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Stable committed offsets (KIP-447): waits, bounded by the session timeout, while a transaction on them is pending. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]>
  /** Commits under the handle's member and generation. Rejects with `STREAM_FENCED` when that is over, retries what is temporary. */
  commit(offsets: readonly TopicPartitionOffset[], group: GroupHandle): Promise<void>
  /** Monotonic milliseconds since the broker last confirmed the membership; the lease of at-least-once writers. Infinity before joining. */
  sinceHeartbeatMs(): number
  /**
   * Ends the membership: `onRevoke` for what is owned, then leaves the group, or, with `leave: false`, keeps a static member's place
   * for its session timeout. Idempotent.
   */
  close(options: { readonly leave: boolean }): Promise<void>
}
