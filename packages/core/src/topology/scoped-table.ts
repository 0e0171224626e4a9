import type { ByteRange, MaybePromise } from '../store/index.ts'

/** Rows of a range, read in batches. */
export interface RowPages<K = unknown, V = unknown> {
  /** The next rows, at most `limit`; fewer are the last ones. Rows of the store are read as they are asked for. */
  next(limit: number): MaybePromise<readonly (readonly [K, Readonly<V>])[]>
  /** Steps over up to `limit` rows, without decoding them, and answers how many there were; fewer were the last ones. */
  skip(limit: number): MaybePromise<number>
  /** Throws `STREAM_HANDLE_EXPIRED` where the record is complete. */
  assertOpen(): void
  /** Ends it before its last row. */
  close(): void
}

/** Rows of one table partition, decoded, as some reader sees them. */
export interface ReadableRows<K = unknown, V = unknown> {
  /** Undefined where there is no row; the default of the declaration is not applied here. */
  get(key: K): MaybePromise<Readonly<V> | undefined>
  getMany(keys: readonly K[]): MaybePromise<readonly (Readonly<V> | undefined)[]>
  /** Rows in byte order of their keys. Throws `STREAM_NOT_SUPPORTED` where the store keeps no order. */
  scan(range: ByteRange): RowPages<K, V>
  /** What the store knows without counting: a count as of the last cuts, `isExact` false where it is an estimate even then. */
  stored(): MaybePromise<{ readonly rows: number; readonly isExact: boolean }>
  /** All rows counted, where the store does that for nothing or keeps order; else throws `STREAM_NOT_SUPPORTED`. */
  count(): MaybePromise<number>
  readonly time: RowTime
}

/** The times that a reader or writer of rows goes by, in milliseconds; undefined where nothing has come yet. */
export interface RowTime {
  /** Timestamp of the record in hand; undefined outside of records. */
  readonly eventMs: number | undefined
  /** The highest timestamp that the task has seen up to this record; outside of records, up to what is committed. */
  readonly streamMs: number | undefined
  readonly wallMs: number
}

/**
 * One table inside one record's scope: reads see the record's own writes first, writes become visible with the record. Keys and values
 * are decoded ones. Every method throws (or rejects) with `STREAM_HANDLE_EXPIRED` once the record is complete.
 */
export interface ScopedTable<K = unknown, V = unknown> extends ReadableRows<K, V> {
  /**
   * Throws `STREAM_WRONG_PARTITION` for a key that belongs to another partition, `STREAM_KEY_INVALID` for a null or undefined key,
   * `STREAM_VALUE_UNDEFINED`, `STREAM_SERIALIZATION_FAILED`, `STREAM_RECORD_TOO_LARGE`.
   */
  set(key: K, value: V): void
  delete(key: K): void
}
