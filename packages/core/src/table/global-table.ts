import type { GlobalTableDeclaration } from '../topology/index.ts'
import type { TableOptions } from './table.ts'
import type { TableReader } from './table-handle.ts'

/** What a global table is, besides its name and its topic. */
export type GlobalTableOptions<K, V> = Pick<TableOptions<K, V>, 'default' | 'store'>

/**
 * A topic as a table that every worker has all of, whatever partitions it owns. It is read before the first record is processed, up to
 * the end that the topic has by then, and followed while the app runs. The app never writes to it: its rows change when somebody sends a
 * record to the topic, this app's consumers included.
 *
 * Consumers list it among their `tables` and get a reader of what has arrived by now. What it answers belongs to no record and to no cut: a
 * record that is processed again may meet newer rows.
 */
export interface GlobalTable<K = unknown, V = unknown, Found = V | undefined> extends GlobalTableDeclaration<K, V> {
  /** Carries the type. */
  readonly '~handle'?: TableReader<K, V, Found>
  /**
   * The rows of this worker, from outside a task. Its reads reject with `STREAM_STATE_INVALID` before the app has read the topic, and after
   * it has stopped. Scans go over partition after partition of the topic, each as it was when the scan began.
   */
  readonly committed: TableReader<K, V, Found>
  /** The value of a key, from outside a task; {@link TableReader.get} of {@link GlobalTable.committed}. */
  query(key: K): Promise<Readonly<Found>>
  /** All rows, from outside a task; {@link TableReader.entries} of {@link GlobalTable.committed}. */
  queryAll(): AsyncIterableIterator<readonly [K, Readonly<V>]>
}

/** Any global table. */
export type AnyGlobalTable = GlobalTableDeclaration & { readonly '~handle'?: unknown }
