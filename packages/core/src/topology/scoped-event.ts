import type { MaybePromise } from '../store/index.ts'
import type { Headers } from '../transport/index.ts'
import type { TableDeclaration } from './declarations.ts'
import type { Event } from './event.ts'

/**
 * One table inside one record's scope: reads see the record's own writes first, writes become visible with the record. Keys and values
 * are decoded ones. Every method throws (or rejects) with `STREAM_HANDLE_EXPIRED` once the record is complete.
 */
export interface ScopedTable<K = unknown, V = unknown> {
  /** Undefined where there is no row; the default of the declaration is not applied here. */
  get(key: K): MaybePromise<Readonly<V> | undefined>
  getMany(keys: readonly K[]): MaybePromise<readonly (Readonly<V> | undefined)[]>
  /**
   * Throws `STREAM_WRONG_PARTITION` for a key that belongs to another partition, `STREAM_KEY_INVALID` for a null or undefined key,
   * `STREAM_VALUE_UNDEFINED`, `STREAM_SERIALIZATION_FAILED`, `STREAM_RECORD_TOO_LARGE`.
   */
  set(key: K, value: V): void
  delete(key: K): void
  /** All rows of the task's partition, in byte order of the keys where the store is ordered. */
  entries(): AsyncIterableIterator<readonly [K, Readonly<V>]>
}

/** The event as the runtime hands it to a processor: besides what user code may do, what wraps user code may do. */
export interface ScopedEvent<K = unknown, V = unknown> extends Event<K, V> {
  /** The table bound to this record's scope. Throws `STREAM_TABLE_NOT_DECLARED` for a table the consumer did not declare. */
  table<K2, V2>(table: TableDeclaration<K2, V2>): ScopedTable<K2, V2>
  /** The same record and scope under another key or value; what operators pass on. */
  derive<K2, V2>(changes: {
    readonly key: K2
    readonly value: V2
    readonly timestamp?: number
    readonly headers?: Headers
  }): ScopedEvent<K2, V2>
}
