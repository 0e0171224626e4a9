import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import type { KeyRange } from './key-range.ts'
import type { RowKey } from './row-key.ts'
import type { TableOfKind } from './table-kind.ts'

/** What a table of sets is, besides its name. */
export interface SetTableOptions<K, M> {
  readonly key: Serde<K>
  /** Members are equal when their bytes are. */
  readonly member: Serde<M>
  /** A store of its own. @default the app's */
  readonly store?: Store
  /** Kafka topic configs of the changelog, beside `cleanup.policy`. @default {} */
  readonly configs?: Readonly<Record<string, string>>
  /** Partition count of the changelog, verified where the topic exists. @default as many as the topics its consumers read */
  readonly partitions?: number
}

/** What can be read of a table of sets. Reads of more than one member need an ordered store, and reject with `STREAM_NOT_SUPPORTED` else. */
export interface SetReader<K = unknown, M = unknown> {
  /** Whether the set of `key` has the member: one look. */
  has(key: K, member: M): Promise<boolean>
  /** The members of one set, in byte order as their serde writes them, read in batches. */
  members(key: K, range?: KeyRange<M>): AsyncIterableIterator<M>
  /** How many members the set has; reads over them, without decoding. */
  size(key: K): Promise<number>
  /** All members of all sets. */
  entries(): AsyncIterableIterator<readonly [K, M]>
}

/**
 * A table of sets as a consumer works with it, bound to its record as every handle is (see `TableHandle`). Each member is a row of its own:
 * adding one reads nothing and writes one row, whatever the size of the set.
 */
export interface SetHandle<K = unknown, M = unknown> extends SetReader<K, M> {
  /** Throws as `TableHandle.set` does; harmless where the member is in there already. */
  add(key: K, member: M): void
  /** Harmless where there is no such member. Throws as {@link SetHandle.add} does. */
  discard(key: K, member: M): void
  /** Discards all members: a write for each. */
  clear(key: K): Promise<void>
}

/** A table of sets as the app knows it. Its changelog is compacted, a row for each member. */
export interface SetTable<K = unknown, M = unknown> extends TableOfKind<RowKey<K, M>, true, SetHandle<K, M>> {
  /** What is committed, from outside a task. Reads reject as `Table.query` does. */
  readonly committed: SetReader<K, M>
}
