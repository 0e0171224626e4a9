import type { ExpiringKey, ExpiringValue } from './expiring-rows.ts'
import type { Table, TableOptions } from './table.ts'
import type { TableHandle, TableReader } from './table-handle.ts'
import type { TableOfKind } from './table-kind.ts'

/** How long rows live. */
export interface TtlOptions {
  /**
   * What they grow old by: `event`, the time of the records (a row lives from its record's timestamp until the task has seen a record so
   * much later; replayed input expires nothing that it should not), or `wall`, the clock of the worker. @default 'event'
   */
  readonly clock?: 'event' | 'wall'
  /** How long a row lives whose write says nothing else, in milliseconds. @default for ever */
  readonly afterMs?: number
}

/** {@link TableOptions} of a table whose rows go by themselves. Its store keeps order, else the start fails with `STREAM_NOT_SUPPORTED`. */
export type ExpiringTableOptions<K, V> = TableOptions<K, V> & { readonly ttl: TtlOptions }

/** {@link ExpiringTableOptions} of a table whose `get` always has an answer. */
export type ExpiringTableOptionsWithDefault<K, V> = ExpiringTableOptions<K, V> & { readonly default: () => NoInfer<V> }

/** What a single write may say. */
export interface WriteOptions {
  /** How long the row lives from now on, in milliseconds; null: for ever. @default what the table's `ttl.afterMs` says */
  readonly ttlMs?: number | null
}

/**
 * The handle of a table whose rows go by themselves: a row that has expired is not there, whoever asks, from that moment on. Its place is
 * freed in the cuts that follow, some rows in each, and the changelog is told of the deletion.
 */
export interface ExpiringTableHandle<K = unknown, V = unknown, Found = V | undefined> extends TableHandle<K, V, Found> {
  /** As `TableHandle.set`; a later write sets the time anew. Throws `STREAM_DECLARATION_INVALID` for a `ttlMs` that is no whole number above 0. */
  set(key: K, value: V, options?: WriteOptions): void
}

/**
 * A table whose rows go by themselves, as the app knows it. In store and changelog a row's value follows 8 bytes with the time of its end,
 * and rows of their own tell which rows are due when.
 */
export interface ExpiringTable<K = unknown, V = unknown, Found = V | undefined>
  extends TableOfKind<ExpiringKey<K>, ExpiringValue<V>, ExpiringTableHandle<K, V, Found>>,
    Pick<Table<K, V, Found>, 'query' | 'queryAll'> {
  /**
   * What is committed and has not expired, from outside a task. `approximateCount` is about twice as high as what is left: it counts what
   * tells when rows are due, too.
   */
  readonly committed: TableReader<K, V, Found>
}
