import type { TopicPartition } from '@stream/core/adapter'
import type { Feed } from './feed.ts'

/** The partitions of one consumer. */
export class Feeds {
  private readonly byTopic: Map<string, Map<number, Feed>> = new Map()
  private list: Feed[] = []
  private turn = 0

  get(topic: string, partition: number): Feed | undefined {
    return this.byTopic.get(topic)?.get(partition)
  }

  all(): readonly Feed[] {
    return this.list
  }

  set(feed: Feed): void {
    this.delete([feed])
    let partitions = this.byTopic.get(feed.topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.byTopic.set(feed.topic, partitions)
    }
    partitions.set(feed.partition, feed)
    this.list.push(feed)
  }

  delete(places: readonly TopicPartition[]): void {
    for (const { topic, partition } of places) this.byTopic.get(topic)?.delete(partition)
    this.list = this.list.filter((feed) => this.get(feed.topic, feed.partition) === feed)
  }

  hasReady(): boolean {
    return this.list.some((feed) => feed.isReady)
  }

  deliverableBytes(): number {
    let bytes = 0
    for (const feed of this.list) if (feed.isReady) bytes += feed.bufferedBytes
    return bytes
  }

  /** All of them, each time beginning with another one, so that none waits behind a busy one for ever. */
  inTurn(): readonly Feed[] {
    if (this.list.length < 2) return this.list
    this.turn = (this.turn + 1) % this.list.length
    return [...this.list.slice(this.turn), ...this.list.slice(0, this.turn)]
  }
}
