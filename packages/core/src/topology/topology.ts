import type { ConsumerDeclaration } from './consumer.ts'
import type { ChannelDeclaration, GlobalTableDeclaration, TableDeclaration, TopicDeclaration } from './declarations.ts'

/** What belongs together because it shares sources, tables or channels: all of it runs in one task per partition. */
export interface SubTopology {
  /** Stable over restarts and deploys that do not change it: made of its sources' names. */
  readonly id: string
  /** Consumed topics; all have the same partition count and partitioner. */
  readonly sources: readonly TopicDeclaration[]
  readonly channels: readonly ChannelDeclaration[]
  readonly consumers: readonly ConsumerDeclaration[]
  readonly tables: readonly TableDeclaration[]
}

/** The whole of an app's declarations, checked. */
export interface Topology {
  readonly appId: string
  /** Of the program, for descriptions. */
  readonly version?: string
  readonly subTopologies: readonly SubTopology[]
  /** Belong to no task: every worker has all of them. */
  readonly globalTables: readonly GlobalTableDeclaration[]
  /** Every topic the app reads or writes: user topics, repartition topics, changelogs, dead-letter topics. */
  readonly topics: readonly TopicDeclaration[]
}
