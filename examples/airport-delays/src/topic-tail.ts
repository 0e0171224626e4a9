import type { Topic } from '@stream/core'
import type { Reader, Transport } from '@stream/core/adapter'

/** What a topic holds, as far as it is committed. */
export class TopicTail<K, V> {
  /** In the order of their partition. */
  readonly records: (readonly [K | null, V | null])[] = []
  readonly #topic: Topic<K, V>
  readonly #reader: Reader

  constructor(transport: Transport, topic: Topic<K, V>) {
    this.#topic = topic
    this.#reader = transport.reader({
      isolation: 'read_committed',
      maxPollBytes: 16_777_216,
      maxPartitionBytes: 4_194_304,
      fetchWaitMs: 100,
    })
    const places = Array.from({ length: topic.partitions ?? 1 }, (_, partition) => ({
      topic: topic.name,
      partition,
      offset: 0,
    }))
    this.#reader.assign(places)
  }

  /** Reads what has come; waits for it, but not for long. */
  async poll(maxWaitMs: number): Promise<void> {
    const { key, value } = this.#topic
    for (const { error, records } of await this.#reader.poll({ maxWaitMs })) {
      if (error !== undefined) throw error
      for (const record of records) {
        this.records.push([
          record.key === null ? null : key.deserialize(record.key),
          record.value === null ? null : value.deserialize(record.value),
        ])
      }
    }
  }
}
