import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import type { TableDeclaration } from '../topology/index.ts'
import type { TableHandle, TableReader } from './table-handle.ts'
import type { TableOfKind } from './table-kind.ts'

/** What a table is, besides its name. */
export interface TableOptions<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /**
   * Makes what `get` and `update` see where there is no row: a fresh one for every call, since it may be changed. Reading it stores
   * nothing. @default none: they see undefined
   */
  readonly default?: () => NoInfer<V>
  /** A store of its own. @default the app's */
  readonly store?: Store
  /** Kafka topic configs of the changelog, beside `cleanup.policy`. @default {} */
  readonly configs?: Readonly<Record<string, string>>
  /** Partition count of the changelog, verified where the topic exists. @default as many as the topics its consumers read */
  readonly partitions?: number
}

/** {@link TableOptions} of a table whose `get` always has an answer. */
export type TableOptionsWithDefault<K, V> = TableOptions<K, V> & { readonly default: () => NoInfer<V> }

/**
 * A table as the app knows it: a declaration that can be queried. Consumers work with it through the handle they are given (see
 * `TableHandle`), which belongs to a record; the table itself belongs to none.
 *
 * `Found` is what a read answers: `V` where the table has a default, else `V | undefined`.
 */
export interface Table<K = unknown, V = unknown, Found = V | undefined>
  extends TableDeclaration<K, V>,
    TableOfKind<K, V, TableHandle<K, V, Found>> {
  /** Carries the types. */
  readonly '~types'?: readonly [K, V, Found]
  /** What is committed, from outside a task: an HTTP route, a timer, a script. Its reads reject as {@link Table.query} does. */
  readonly committed: TableReader<K, V, Found>
  /**
   * The committed value of a key, from outside a task: an HTTP route, a timer, a script. The default is applied.
   *
   * Rejects with `STREAM_STATE_INVALID` before the app has started, with `STREAM_NO_TASK` where another worker owns the key.
   */
  query(key: K): Promise<Readonly<Found>>
  /**
   * The committed rows of all partitions this worker owns, from outside a task.
   *
   * Throws `STREAM_STATE_INVALID` before the app has started.
   */
  queryAll(): AsyncIterableIterator<readonly [K, Readonly<V>]>
  /** Always throws `STREAM_NO_TASK`: inside a consumer read through its handle, outside with {@link Table.query}. */
  get(...args: readonly unknown[]): never
  /** Always throws `STREAM_NO_TASK`: a write belongs to a record, so it goes through a consumer's handle. */
  set(...args: readonly unknown[]): never
  /** Always throws `STREAM_NO_TASK`: a write belongs to a record, so it goes through a consumer's handle. */
  update(...args: readonly unknown[]): never
  /** Always throws `STREAM_NO_TASK`: a write belongs to a record, so it goes through a consumer's handle. */
  delete(...args: readonly unknown[]): never
}

/** Any table, of whatever kind and types. */
export type AnyTable = TableOfKind<unknown, unknown, unknown>
