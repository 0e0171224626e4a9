import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import type { ScanOptions } from './key-range.ts'
import type { TableOfKind } from './table-kind.ts'
import type { TimedKey, TimedRow, TimeRange } from './timed-key.ts'

/** What tables of values by time are made of, besides how long they keep them. */
export interface TimedTableOptions<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** A store of its own; it keeps order, else the start fails with `STREAM_NOT_SUPPORTED`. @default the app's */
  readonly store?: Store
  /** Kafka topic configs of the changelog, beside `cleanup.policy`. @default {} */
  readonly configs?: Readonly<Record<string, string>>
  /** Partition count of the changelog, verified where the topic exists. @default as many as the topics its consumers read */
  readonly partitions?: number
}

/** What a table of values by time is, besides its name. */
export interface TimestampedTableOptions<K, V> extends TimedTableOptions<K, V> {
  /**
   * How far behind stream time a value may be, in milliseconds: older ones are not taken, and go. Stream time is the highest timestamp that
   * the task has seen.
   */
  readonly graceMs: number
  /** Whether a key keeps all values of one timestamp, in the order they came, or the last of them. @default false */
  readonly duplicates?: boolean
}

/** A value with its time. */
export interface Timed<V> {
  readonly timestampMs: number
  readonly value: Readonly<V>
}

/** What a write may say. */
export interface TimedWriteOptions {
  /** Milliseconds since 1970. @default the record's timestamp */
  readonly timestampMs?: number
}

/** What can be read of a table of values by time. What is older than its grace is not there, whoever asks. */
export interface TimestampedReader<K = unknown, V = unknown> {
  /**
   * The last value that is not later than `atMs`: the latest one as of that time, and of several with one timestamp the one that came last.
   *
   * @param options `atMs`: @default the record's timestamp; from outside: no end
   */
  latest(key: K, options?: { readonly atMs?: number }): Promise<Timed<V> | undefined>
  /** Values from `fromMs` on, up to `toMs` and not with it, in order of time or in reverse, read in batches. */
  interval(key: K, options?: TimeRange & Omit<ScanOptions, 'reverse'>): AsyncIterableIterator<Timed<V>>
}

/** A table of values by time as a consumer works with it, bound to its record as every handle is (see `TableHandle`). */
export interface TimestampedHandle<K = unknown, V = unknown> extends TimestampedReader<K, V> {
  /**
   * Keeps a value. False: it is older than the grace allows, and nothing was written. Await it: with `duplicates` it looks first where it
   * belongs. Rejects as `TableHandle.set` throws, and with `STREAM_KEY_INVALID` for a timestamp that is none.
   */
  put(key: K, value: V, options?: TimedWriteOptions): Promise<boolean>
  /** Removes what was kept for a key and a timestamp; harmless where there is nothing. */
  delete(key: K, timestampMs: number): Promise<void>
}

/** A table of values by time as the app knows it. */
export interface TimestampedTable<K = unknown, V = unknown>
  extends TableOfKind<TimedKey<K>, TimedRow<V>, TimestampedHandle<K, V>> {
  /** What is committed, from outside a task. Reads reject as `Table.query` does. */
  readonly committed: TimestampedReader<K, V>
}

/** What a versioned table is, besides its name. */
export interface VersionedTableOptions<K, V> extends TimedTableOptions<K, V> {
  /** How far back versions can be told, in milliseconds of stream time: the highest timestamp that the task has seen. */
  readonly historyMs: number
}

/** A version of a row. */
export interface Version<V> {
  readonly value: Readonly<V>
  /** Since when it holds, in milliseconds. */
  readonly validFromMs: number
  /** Up to when, and not with it; undefined: it holds still. */
  readonly validToMs: number | undefined
}

/** What can be read of a versioned table. */
export interface VersionedReader<K = unknown, V = unknown> {
  /**
   * The value that holds, or held at `asOf`. Undefined where there was none, and where `asOf` lies further back than the table's history; the
   * version that holds still is told for any time since it began.
   */
  get(key: K, options?: { readonly asOf?: number }): Promise<Readonly<V> | undefined>
  /** As {@link VersionedReader.get}, with the time for which it holds. */
  version(key: K, options?: { readonly asOf?: number }): Promise<Version<V> | undefined>
}

/**
 * A versioned table as a consumer works with it (KIP-889), bound to its record as every handle is (see `TableHandle`). Versions may come in
 * any order: each holds from its own timestamp up to the next one's.
 */
export interface VersionedHandle<K = unknown, V = unknown> extends VersionedReader<K, V> {
  /**
   * Adds a version, or replaces the one with the same timestamp. False: it is older than the history, and nothing was written. Throws as
   * `TableHandle.set` does, and `STREAM_KEY_INVALID` for a timestamp that is none.
   */
  put(key: K, value: V, options?: TimedWriteOptions): boolean
  /** From then on there is no value: a version as well. Answers as {@link VersionedHandle.put} does. */
  delete(key: K, options?: TimedWriteOptions): boolean
}

/** A versioned table as the app knows it. */
export interface VersionedTable<K = unknown, V = unknown>
  extends TableOfKind<TimedKey<K>, TimedRow<V>, VersionedHandle<K, V>> {
  /** What is committed, from outside a task. Reads reject as `Table.query` does. */
  readonly committed: VersionedReader<K, V>
}
