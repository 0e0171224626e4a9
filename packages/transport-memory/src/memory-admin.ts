import type { Admin, TopicDescription, TopicPartitionOffset, TopicSpec } from '@stream/core/adapter'
import { closed, offsetOutOfRange } from './broker-errors.ts'
import type { Link } from './link.ts'

/** How long a request waits for a log that is not available. */
const requestTimeoutMs = 30_000

/** Topics of the embedded log. */
export class MemoryAdmin implements Admin {
  readonly #link: Link
  isClosed = false

  constructor(link: Link) {
    this.#link = link
  }

  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    return this.#call('Describing topics', names, () => {
      const found = new Map<string, TopicDescription>()
      for (const name of names) {
        const topic = this.#link.broker.topics.get(name)
        if (topic !== undefined)
          found.set(name, { name, partitions: topic.partitions.length, configs: topic.describe() })
      }
      return found
    })
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    const names = topics.map((topic) => topic.name)
    return this.#call('Creating topics', names, () => {
      for (const topic of topics) this.#link.broker.createTopic(topic)
    })
  }

  deleteRecords(before: readonly TopicPartitionOffset[]): Promise<void> {
    const names = before.map((place) => place.topic)
    return this.#call('Deleting records', names, () => {
      for (const { topic, partition, offset } of before) {
        const log = this.#link.broker.partition(topic, partition)
        if (offset < 0 || offset > log.logEnd) throw offsetOutOfRange(topic, partition, offset, log)
      }
      for (const { topic, partition, offset } of before)
        this.#link.broker.partition(topic, partition).truncateBelow(offset)
    })
  }

  groupUserData(groupId: string): Promise<readonly Uint8Array[]> {
    return this.#call('Describing a group', [], () => {
      const group = this.#link.broker.group(groupId)
      return group.state === 'stable' ? group.userData : []
    })
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  #call<T>(what: string, topics: readonly string[], request: () => T): Promise<T> {
    if (this.isClosed) return Promise.reject(closed('This admin'))
    return this.#link.whileAlive(
      this.#link.call({ what, timeoutMs: requestTimeoutMs, before: 'admin', detail: { topics }, request }),
    )
  }
}
