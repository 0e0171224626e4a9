import { bytes, type Serde } from '../serde/index.ts'
import type { TopicDeclaration } from './declarations.ts'

/** What {@link repartitionTopic} is made of. */
export interface RepartitionOptions<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** @default as many as the topics it is filled from */
  readonly partitions?: number
  /** Kafka topic configs, before those it would have. */
  readonly configs?: Readonly<Record<string, string>>
}

/**
 * `{app id}-{name}-repartition`: carries records to the partition of a new key. It is never trimmed by age, since that could delete
 * what was not yet processed; the engine removes records below the committed offsets instead.
 */
export function repartitionTopic<K, V>(
  appId: string,
  name: string,
  options: RepartitionOptions<K, V>,
): TopicDeclaration<K, V> {
  return Object.freeze({
    kind: 'topic',
    name: `${appId}-${name}-repartition`,
    role: 'repartition',
    key: options.key,
    value: options.value,
    partitioner: 'murmur2',
    configs: Object.freeze({ 'cleanup.policy': 'delete', 'retention.ms': '-1', ...options.configs }),
    ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
  })
}

/** `{app id}-{table}-changelog`: compacted, one partition for each task of the table, rows as the store holds them. */
export function changelogTopic(appId: string, table: string): TopicDeclaration<Uint8Array, Uint8Array> {
  return Object.freeze({
    kind: 'topic',
    name: `${appId}-${table}-changelog`,
    role: 'changelog',
    key: bytes(),
    value: bytes(),
    partitioner: 'murmur2',
    configs: Object.freeze({ 'cleanup.policy': 'compact' }),
  })
}

/** `{app id}-dead-letter`: where records that failed for good go when their policy names no topic of its own. */
export function deadLetterTopic(appId: string): TopicDeclaration<Uint8Array, Uint8Array> {
  return Object.freeze({
    kind: 'topic',
    name: `${appId}-dead-letter`,
    role: 'dead-letter',
    key: bytes(),
    value: bytes(),
    partitioner: 'murmur2',
    configs: Object.freeze({}),
  })
}
