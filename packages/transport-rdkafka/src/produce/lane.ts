import type { OutBatch, OutRecord, TopicPartition } from '@stream/core/adapter'
import { recordBytes } from './record-size.ts'

/** Records for one partition, of one batch of somebody's call. */
export interface Item<Owner> {
  readonly owner: Owner
  /** Index of the batch in its call. */
  readonly batch: number
  readonly records: OutBatch['records']
  /** Index of the first record that is not done. */
  next: number
}

/** One record that goes out in a round. */
export interface Outgoing<Owner> {
  readonly item: Item<Owner>
  readonly index: number
  readonly record: OutRecord
}

/** What a partition sends in one round. */
export interface Chunk<Owner> {
  readonly lane: Lane<Owner>
  readonly records: readonly Outgoing<Owner>[]
  readonly bytes: number
}

/** What waits for one partition, in order. */
export class Lane<Owner> implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private items: Item<Owner>[] = []

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.items.length === 0
  }

  add(item: Item<Owner>): void {
    this.items.push(item)
  }

  /** The next records, up to so many bytes and one at least; they stay in the lane until they are done. */
  peek(mostBytes: number): Chunk<Owner> {
    const records: Outgoing<Owner>[] = []
    let bytes = 0
    for (const item of this.items) {
      for (let index = item.next; index < item.records.length; index++) {
        const record = item.records[index] as OutRecord
        const size = recordBytes(record)
        if (records.length > 0 && bytes + size > mostBytes) return { lane: this, records, bytes }
        records.push({ item, index, record })
        bytes += size
      }
    }
    return { lane: this, records, bytes }
  }

  /** These are done: everything up to the last of them leaves the lane. */
  done(records: readonly Outgoing<Owner>[]): void {
    for (const { item, index } of records) item.next = index + 1
    this.items = this.items.filter((item) => item.next < item.records.length)
  }

  /** Nothing of this owner is sent any more. */
  drop(owner: Owner): void {
    this.items = this.items.filter((item) => item.owner !== owner)
  }
}
