import type { TopicPartition } from '@stream/core/adapter'
import type { WireReader, WireWriter } from '../wire/index.ts'

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

/** Writes partitions nested in their topics; `write` adds what follows a partition's number. */
export function writeTopics<T extends TopicPartition>(
  out: WireWriter,
  items: readonly T[],
  write: (item: T) => void = () => {},
): void {
  out.array(byTopic(items), (group) => {
    out.string(group.topic).array(group.partitions, (item) => {
      out.int32(item.partition)
      write(item)
    })
  })
}

/** As {@link writeTopics}, for flexible versions (KIP-482) whose partitions are structures, with tags of their own. */
export function writeCompactTopics<T extends TopicPartition>(
  out: WireWriter,
  items: readonly T[],
  write: (item: T) => void,
): void {
  out.compactArray(byTopic(items), (group) => {
    out.compactString(group.topic).compactArray(group.partitions, (item) => {
      out.int32(item.partition)
      write(item)
      out.tags()
    })
    out.tags()
  })
}

/** Writes the bare numbers of partitions, for flexible versions. */
export function writeCompactNumbers(out: WireWriter, items: readonly TopicPartition[]): void {
  out.compactArray(byTopic(items), (group) => {
    out.compactString(group.topic)
    out.compactArray(group.partitions, (item) => out.int32(item.partition))
    out.tags()
  })
}

/** Reads partitions nested in their topics; `read` takes what follows a partition's number. */
export function readTopics<T>(answer: WireReader, read: (at: TopicPartition) => T): T[] {
  const topics = answer.array(() => {
    const topic = answer.string()
    return answer.array(() => read({ topic, partition: answer.int32() }))
  })
  return topics.flat()
}

/** As {@link readTopics}, for flexible versions. */
export function readCompactTopics<T>(answer: WireReader, read: (at: TopicPartition) => T): T[] {
  const topics = answer.compactArray(() => {
    const topic = answer.compactString()
    const partitions = answer.compactArray(() => {
      const item = read({ topic, partition: answer.int32() })
      answer.tags()
      return item
    })
    answer.tags()
    return partitions
  })
  return topics.flat()
}
