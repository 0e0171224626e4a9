import type { KeyRange, ScanOptions } from './key-range.ts'

/**
 * What can be read of a table, from a record's place (through the handle that a consumer is given) or from outside (`table.committed`).
 *
 * `Found` is what a read answers where there may be no row: `V` where the table has a default, else `V | undefined`.
 */
export interface TableReader<K = unknown, V = unknown, Found = V | undefined> {
  /** The row's value, or the table's default. Readonly: change it with `set` or `update`. */
  get(key: K): Promise<Readonly<Found>>
  /** As many answers as keys, in their order; one trip to a remote store. */
  getMany(keys: readonly K[]): Promise<readonly Readonly<Found>[]>
  /** Whether there is a row; the default does not count. */
  has(key: K): Promise<boolean>
  /**
   * Rows of a range, in byte order of their keys or in reverse, read in batches: a scan costs what lies in its range, and may end anywhere.
   * From outside: partition after partition, each as it was when the scan began.
   *
   * Rejects with `STREAM_NOT_SUPPORTED` where the store keeps no order.
   */
  range(range?: KeyRange<K>): AsyncIterableIterator<readonly [K, Readonly<V>]>
  /**
   * Rows whose key begins with `prefix`; for keys of `string()` and `bytes()`, else it throws `STREAM_NOT_SUPPORTED`. Otherwise as
   * {@link TableReader.range}.
   */
  prefix(prefix: K, options?: ScanOptions): AsyncIterableIterator<readonly [K, Readonly<V>]>
  /** All rows; {@link TableReader.range} without bounds. */
  entries(): AsyncIterableIterator<readonly [K, Readonly<V>]>
  /** Keys of {@link TableReader.entries}. */
  keys(): AsyncIterableIterator<K>
  /** How many rows there are, exactly. Where the store does not count by itself, this reads over all of them. */
  count(): Promise<number>
  /** How many rows there are about: what the store says, without what waits for a cut. Costs nothing. */
  approximateCount(): Promise<number>
}

/**
 * A table as a consumer works with it: bound to the consumer's record (in a loop to the record in hand), so that it reads the record's
 * own writes and the writes become visible with the record, or never. Its reads are about the rows of the task's partition. Once the
 * record is complete, reads reject and writes throw with `STREAM_HANDLE_EXPIRED`: await everything inside the handler or the loop's body.
 *
 * A record that read a range runs again where another one wrote into what it has read of it before it was complete, and only then.
 */
export interface TableHandle<K = unknown, V = unknown, Found = V | undefined> extends TableReader<K, V, Found> {
  /**
   * Throws `STREAM_WRONG_PARTITION` for a key that belongs to another partition (bring records to their key with `groupBy`),
   * `STREAM_KEY_INVALID`, `STREAM_VALUE_UNDEFINED`, `STREAM_SERIALIZATION_FAILED`, `STREAM_RECORD_TOO_LARGE`.
   */
  set(key: K, value: V): void
  /**
   * Reads, changes and writes one row; resolves to what was written. Updates of one key through one handle run one after the other,
   * however they overlap. `change` must give a value; rejects with what it throws, and as `set` throws.
   */
  update(key: K, change: (current: Readonly<Found>) => V | Promise<V>): Promise<V>
  /** Harmless where there is no row. Throws as `set` does. */
  delete(key: K): void
}
