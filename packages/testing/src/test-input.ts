import { type Headers, partitionOfKey, StreamError } from '@stream/core'
import type { OutBatch, OutRecord } from '@stream/core/adapter'
import type { DrivenTopic } from './driven-topic.ts'

/** What goes with a record, besides key and value. */
export interface SendOptions {
  /** Integer milliseconds. @default what the virtual clock tells */
  readonly timestamp?: number
  /** @default [] */
  readonly headers?: Headers
  /** @default where the topic's partitioner puts the key; null keys go round */
  readonly partition?: number
}

/** A record for a topic. */
export interface InputRecord<K, V> extends SendOptions {
  /** @default null */
  readonly key?: K | null
  /** null is a tombstone. */
  readonly value: V | null
}

/** How an input reaches the log. */
export interface InputHost {
  now(): number
  /** Throws `STREAM_TOPIC_MISSING`. */
  partitionsOf(topic: string): number
  produce(batches: readonly OutBatch[]): void
}

/** Pipes records into a topic, as a producer outside of the app does. They are in the log at once; the app gets to them as time passes. */
export class TestInput<K, V> {
  readonly topic: string
  readonly #topic: DrivenTopic<K, V>
  readonly #host: InputHost
  #nextPartition = 0

  /** Inputs are made by `driver.input()`. */
  constructor(topic: DrivenTopic<K, V>, host: InputHost) {
    this.topic = topic.name
    this.#topic = topic
    this.#host = host
  }

  /**
   * Appends one record; a value of null is a tombstone. Throws `STREAM_TOPIC_MISSING`, `STREAM_VALUE_UNDEFINED`,
   * `STREAM_DECLARATION_INVALID` for a partition that the topic does not have, and what the serdes throw. What the log refuses (a record
   * that is too large) is thrown by the next `settle()` or `advance()`.
   */
  send(key: K | null, value: V | null, options: SendOptions = {}): void {
    this.sendAll([{ ...options, key, value }])
  }

  /** Appends records in their order. Throws as {@link TestInput.send}; nothing is appended then. */
  sendAll(records: Iterable<InputRecord<K, V>>): void {
    const { key: keySerde, value: valueSerde } = this.#topic
    const batches = new Map<number, OutRecord[]>()
    for (const { key = null, value, ...options } of records) {
      if (value === undefined) throw valueUndefined(this.topic)
      const keyBytes = key === null ? null : keySerde.serialize(key)
      const valueBytes = value === null ? null : valueSerde.serialize(value)
      this.#add(batches, keyBytes, valueBytes, options)
    }
    this.#produce(batches)
  }

  /** Appends bytes as they are, for records that the app cannot decode. Throws as {@link TestInput.send}. */
  sendBytes(key: Uint8Array | null, value: Uint8Array | null, options: SendOptions = {}): void {
    const batches = new Map<number, OutRecord[]>()
    this.#add(batches, key, value, options)
    this.#produce(batches)
  }

  #add(
    batches: Map<number, OutRecord[]>,
    key: Uint8Array | null,
    value: Uint8Array | null,
    { timestamp = this.#host.now(), headers = [], partition }: SendOptions,
  ): void {
    const place = partition === undefined ? this.#partitionOf(key) : this.#checked(partition)
    const record: OutRecord = { key, value, headers, timestamp }
    const batch = batches.get(place)
    if (batch === undefined) batches.set(place, [record])
    else batch.push(record)
  }

  #partitionOf(key: Uint8Array | null): number {
    const count = this.#host.partitionsOf(this.topic)
    return key === null ? this.#nextPartition++ % count : partitionOfKey(this.#topic.partitioner, key, count)
  }

  #checked(partition: number): number {
    const count = this.#host.partitionsOf(this.topic)
    if (Number.isInteger(partition) && partition >= 0 && partition < count) return partition
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `A record for partition ${partition} was piped into topic "${this.topic}", which has ${count}; take one from 0 to ${count - 1}`,
      place: { topic: this.topic, partition },
    })
  }

  #produce(batches: ReadonlyMap<number, OutRecord[]>): void {
    const { topic } = this
    if (batches.size > 0)
      this.#host.produce([...batches].map(([partition, records]) => ({ topic, partition, records })))
  }
}

function valueUndefined(topic: string): StreamError {
  return new StreamError({
    code: 'STREAM_VALUE_UNDEFINED',
    message: `A record without a value was piped into topic "${topic}"; send null for a tombstone`,
    place: { topic },
  })
}
