import type { Partitioner } from '../partitioner/index.ts'
import { bytes, type Serde } from '../serde/index.ts'
import type { TopicDeclaration } from './declarations.ts'

/** What a topic is, besides its name. */
export interface TopicOptions<K = Uint8Array, V = Uint8Array> {
  /** @default bytes() */
  readonly key?: Serde<K>
  /** @default bytes() */
  readonly value?: Serde<V>
  /** Expected partition count, verified where the topic exists. @default what exists, or the setting `defaultPartitions` */
  readonly partitions?: number
  /** Used when it is created. @default the setting `replicationFactor` */
  readonly replicationFactor?: number
  /** How its keys are placed; declare what its producers use. @default 'murmur2' */
  readonly partitioner?: Partitioner
  /** Kafka topic configs, for example `{ 'retention.ms': '-1' }`: created with them, and verified where the topic exists. @default {} */
  readonly configs?: Readonly<Record<string, string>>
}

/** A topic with the types of its keys and values. */
export type Topic<K = Uint8Array, V = Uint8Array> = TopicDeclaration<K, V>

/** A topic of the user's own. What is wrong with it is reported when the topology is built, with everything else. */
export function declareTopic<K = Uint8Array, V = Uint8Array>(
  name: string,
  options: TopicOptions<K, V> = {},
): Topic<K, V> {
  const { partitions, replicationFactor } = options
  return Object.freeze({
    kind: 'topic',
    name,
    role: 'user',
    // Without a serde the type parameter is its default, Uint8Array.
    key: options.key ?? (bytes() as Serde<unknown> as Serde<K>),
    value: options.value ?? (bytes() as Serde<unknown> as Serde<V>),
    partitioner: options.partitioner ?? 'murmur2',
    configs: Object.freeze({ ...options.configs }),
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
  })
}
