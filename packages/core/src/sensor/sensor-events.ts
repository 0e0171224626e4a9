import type { StreamError } from '../errors/index.ts'
import type { TopicPartition } from '../transport/index.ts'

/** A fetched batch was handed to its task. */
export interface ConsumedEvent extends TopicPartition {
  readonly records: number
  /** Payload of the records. */
  readonly bytes: number
  /** The position behind the batch. */
  readonly nextOffset: number
  /** The log end when it was fetched, where the transport tells; minus `nextOffset` it is the lag. */
  readonly endOffset?: number
}

/** Records that a task completed, by whatever outcome. */
export interface ProcessedEvent extends TopicPartition {
  /** `<sub-topology>_<partition>`. */
  readonly task: string
  readonly records: number
  /** How many of them failed for good, and were skipped or went to the dead-letter topic. */
  readonly failed: number
}

/** One record that a task completed. */
export interface RecordProcessedEvent extends TopicPartition {
  readonly task: string
  readonly offset: number
  readonly outcome: 'done' | 'skipped' | 'dead-lettered'
  /** From the first try to completion; waiting before the first try does not count. */
  readonly durationMs: number
}

/** Records sent to one partition. */
export interface ProducedEvent extends TopicPartition {
  readonly records: number
  /** Payload of the records. */
  readonly bytes: number
  /** Whether they are results of the app, rows of a changelog, or records that change their partition on the way. */
  readonly purpose: 'output' | 'changelog' | 'repartition' | 'dead-letter'
}

/** How far an input of a task is behind its log. */
export interface LagEvent extends TopicPartition {
  readonly task: string
  /** Everything below is done; it is committed by now, or with one of the next cuts. */
  readonly position: number
  readonly committedOffset: number
  /** The last stable offset: a read-committed reader, as the app is one, sees nothing from here on. */
  readonly stableOffset: number
  readonly endOffset: number
  /** Offsets from `position` to `endOffset`; markers of transactions and holes of compaction count, so it may be a little too many. */
  readonly records: number
  /**
   * Age of the record that is next in line (or of the newest in work, where none waits), by its timestamp; 0 where nothing is left. Absent
   * where there is something, and none of it was fetched yet.
   */
  readonly timeMs?: number
  /**
   * For how long the stable offset has not moved although the log has gone on: a transaction of some producer hangs, and nobody can read on
   * before the broker ends it (`transaction.timeout.ms`). 0 where it moves; measured from one reading to the next.
   */
  readonly heldBackMs: number
}

/** Where a read found its row: the record's own writes, those of earlier records, decoded committed rows, or the store. */
export type TableLayer = 'scope' | 'staged' | 'cache' | 'store'

/** Rows of a table were looked up. */
export interface TableReadEvent {
  readonly table: string
  readonly partition: number
  readonly layer: TableLayer
  readonly rows: number
  /** How many of them exist. */
  readonly found: number
}

/** Rows of a table were written. */
export interface TableWriteEvent {
  readonly table: string
  readonly partition: number
  readonly rows: number
  /** How many of them were deletes. */
  readonly deleted: number
}

/** What a cut is about to commit. */
export interface CutStartEvent {
  /** Counts the cuts of this worker, from 1. */
  readonly cut: number
  readonly guarantee: 'exactly_once' | 'at_least_once'
  readonly tasks: readonly string[]
  /** Input records in it. */
  readonly records: number
  /** Table rows in it, each dirty key once. */
  readonly rows: number
  /** Output records in it; under `at_least_once` only those that did not leave before. */
  readonly outputs: number
}

/**
 * The steps of a cut, in order.
 * - `frozen`: its layer is frozen, nothing has been sent.
 * - `committing`: everything is serialised; the commit is sent next.
 * - `committed`: the broker has committed; stores know nothing of it yet.
 * - `applying`: rows go to the stores next; told before each slice.
 * - `applied`: rows and positions are in the stores.
 */
export type CutStep = 'frozen' | 'committing' | 'committed' | 'applying' | 'applied'

/** A cut has come to a step. */
export interface CutStepEvent {
  readonly cut: number
  readonly step: CutStep
}

/** How a cut ended. */
export interface CutEndEvent extends CutStartEvent {
  /** What became of its commit. Where rows cannot be applied after it, the app fails, and no cut ends any more. */
  readonly outcome: 'committed' | 'aborted' | 'fenced' | 'unknown'
  /** From its start to its end. */
  readonly durationMs: number
  /** From the request of the commit to its answer: under `exactly_once` the whole transaction. */
  readonly commitMs: number
  /** From the commit to the last row in the stores. */
  readonly applyMs: number
  /** Why it was not committed. */
  readonly error?: StreamError
}

/** Partitions came or went. */
export interface RebalanceEvent {
  readonly kind: 'assigned' | 'revoked' | 'lost'
  readonly partitions: readonly TopicPartition[]
  /** Of the membership; absent for `lost`. */
  readonly generation?: number
  /** How long the worker took to answer: cutting and suspending or closing tasks. Tasks that come in open afterwards. */
  readonly durationMs: number
}

/** Recovery of one table partition. */
export interface RecoveryEvent {
  readonly phase: 'start' | 'progress' | 'end'
  /** `global` for a global table, which belongs to none. */
  readonly task: string
  readonly table: string
  readonly partition: number
  /** How far the changelog is restored. */
  readonly position: number
  /** Where recovery ends. */
  readonly endOffset: number
  /** Changelog records restored so far. */
  readonly records: number
  /** Since the start. */
  readonly durationMs: number
}

/** Something failed. */
export interface ErrorEvent {
  readonly error: StreamError
  /** What becomes of it: the record's policy, the end of a task or of the app, or nothing but this report. */
  readonly consequence: 'retry' | 'skip' | 'dead-letter' | 'task-closed' | 'app-failed' | 'reported'
}
