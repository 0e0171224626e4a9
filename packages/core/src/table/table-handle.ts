/**
 * A table as a consumer works with it: bound to the consumer's record (in a loop to the record in hand), so that it reads the record's
 * own writes and the writes become visible with the record, or never. Once the record is complete, reads reject and writes throw with
 * `STREAM_HANDLE_EXPIRED`: await everything inside the handler or the loop's body.
 *
 * `Found` is what a read answers where there may be no row: `V` where the table has a default, else `V | undefined`.
 */
export interface TableHandle<K = unknown, V = unknown, Found = V | undefined> {
  /** The row's value, or the table's default. Readonly: change it with `set` or `update`. */
  get(key: K): Promise<Readonly<Found>>
  /** As many answers as keys, in their order; one trip to a remote store. */
  getMany(keys: readonly K[]): Promise<readonly Readonly<Found>[]>
  /** Whether there is a row; the default does not count. */
  has(key: K): Promise<boolean>
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
  /** All rows of the task's partition, this record's writes included; in byte order of the keys where the store is ordered. */
  entries(): AsyncIterableIterator<readonly [K, Readonly<V>]>
  /** Keys of {@link TableHandle.entries}. */
  keys(): AsyncIterableIterator<K>
}
