import type { TopicPartition } from '@stream/core/adapter'

/** Kafka's requests nest partitions in topics. */
export interface ByTopic<T> {
  readonly topic: string
  readonly partitions: T[]
}

/** Groups by topic, in the order in which topics first appear. */
export function byTopic<T extends TopicPartition>(items: readonly T[]): ByTopic<T>[] {
  const topics = new Map<string, ByTopic<T>>()
  for (const item of items) {
    const group = topics.get(item.topic)
    if (group === undefined) topics.set(item.topic, { topic: item.topic, partitions: [item] })
    else group.partitions.push(item)
  }
  return [...topics.values()]
}
