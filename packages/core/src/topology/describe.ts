import { describePartitioner } from '../partitioner/index.ts'
import type { TopicRole } from './declarations.ts'
import { writtenBy } from './declarations-of-app.ts'
import type { Topology } from './topology.ts'

/** A topic in a {@link TopologyDescription}. */
export interface DescribedTopic {
  readonly name: string
  readonly role: TopicRole
  readonly key: string
  readonly value: string
  readonly partitioner: string
  /** As declared, or as it exists once the app has started. */
  readonly partitions?: number
}

/** A consumer in a {@link TopologyDescription}. */
export interface DescribedConsumer {
  readonly name: string
  readonly kind: 'stream' | 'agent' | 'handler'
  readonly source: string
  readonly steps: readonly string[]
  readonly tables: readonly string[]
  /** Topics and channels, dead-letter topics included. */
  readonly outputs: readonly string[]
  readonly concurrency: number
}

/** What runs together in one task per partition. */
export interface DescribedSubTopology {
  readonly id: string
  /** One for each partition number, once the count is known. */
  readonly tasks?: number
  readonly sources: readonly string[]
  readonly channels: readonly string[]
  readonly tables: readonly { readonly name: string; readonly changelog: string }[]
  readonly consumers: readonly DescribedConsumer[]
}

/** A topology as plain data: safe to print, to store, and to compare between two versions of an app. */
export interface TopologyDescription {
  readonly app: string
  readonly version?: string
  readonly subTopologies: readonly DescribedSubTopology[]
  readonly topics: readonly DescribedTopic[]
}

/** @param partitions counts as they exist. @default as declared */
export function describeTopology(topology: Topology, partitions?: ReadonlyMap<string, number>): TopologyDescription {
  return {
    app: topology.appId,
    ...(topology.version === undefined ? {} : { version: topology.version }),
    subTopologies: topology.subTopologies.map((sub) => {
      const tasks = partitions?.get(sub.sources[0]!.name) ?? sub.sources[0]!.partitions
      return {
        id: sub.id,
        ...(tasks === undefined ? {} : { tasks }),
        sources: sub.sources.map(({ name }) => name),
        channels: sub.channels.map(({ name }) => name),
        tables: sub.tables.map(({ name, changelog }) => ({ name, changelog: changelog.name })),
        consumers: sub.consumers.map((consumer) => ({
          name: consumer.name,
          kind: consumer.kind,
          source: consumer.source.name,
          steps: consumer.steps,
          tables: consumer.tables.map(({ name }) => name),
          outputs: unique([
            ...consumer.outputs.map(({ name }) => name),
            ...writtenBy(topology.appId, consumer).map(({ name }) => name),
          ]),
          concurrency: consumer.concurrency,
        })),
      }
    }),
    topics: topology.topics.map((topic) => {
      const count = partitions?.get(topic.name) ?? topic.partitions
      return {
        name: topic.name,
        role: topic.role,
        key: topic.key.name,
        value: topic.value.name,
        partitioner: describePartitioner(topic.partitioner),
        ...(count === undefined ? {} : { partitions: count }),
      }
    }),
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
