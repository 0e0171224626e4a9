import type { Partitioner } from '../partitioner/index.ts'
import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import type { RowExpiry } from './row-expiry.ts'

/** What a topic is for: the user's own, or one that the app owns. */
export type TopicRole = 'user' | 'repartition' | 'changelog' | 'dead-letter'

/** A topic as declared; plain data. */
export interface TopicDeclaration<K = unknown, V = unknown> {
  readonly kind: 'topic'
  /** Its name in the log. */
  readonly name: string
  readonly role: TopicRole
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly partitioner: Partitioner
  /** Expected partition count; undefined: whatever exists, or what its inputs have (internal topics), or the setting `defaultPartitions`. */
  readonly partitions?: number
  readonly replicationFactor?: number
  /** Kafka topic configs it is created with, and that are verified where it exists. */
  readonly configs: Readonly<Record<string, string>>
}

/** A local, in-memory channel: a message belongs to the record that sent it and stays inside its task. */
export interface ChannelDeclaration<K = unknown, V = unknown> {
  readonly kind: 'channel'
  readonly name: string
  /** Carries the types; a channel has no serdes. */
  readonly '~types'?: readonly [K, V]
}

/**
 * A table as declared; plain data. Its rows are what store and changelog hold: kinds of tables with several rows for one key make key
 * and value of a row out of what their users know, with serdes of their own.
 */
export interface TableDeclaration<K = unknown, V = unknown> {
  readonly kind: 'table'
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** What `get` answers where there is no row; a fresh one for every call. */
  readonly default?: () => V
  /** Its own store; undefined: the app's. */
  readonly store?: Store
  /** Part of a row's key bytes that tells the partition it belongs to. @default all of them */
  readonly placedBy?: (rowKey: Uint8Array) => Uint8Array
  /** It cannot work on a store without ordered ranges. @default false */
  readonly needsOrder?: boolean
  /** How rows go by themselves. @default they stay */
  readonly expiry?: RowExpiry
  /** `{app id}-{name}-changelog`, compacted. */
  readonly changelog: TopicDeclaration<Uint8Array, Uint8Array>
}

/** A topic as a table that every worker has all of; plain data. */
export interface GlobalTableDeclaration<K = unknown, V = unknown> {
  readonly kind: 'global-table'
  readonly name: string
  /** Whose records are its rows; a null value deletes. Read only. */
  readonly topic: TopicDeclaration<K, V>
  /** What `get` answers where there is no row; a fresh one for every call. */
  readonly default?: () => V
  /** Its own store; undefined: the app's. */
  readonly store?: Store
}
