import { describeThrown, StreamError } from '../errors/index.ts'
import { partitionOf, type RoundRobin } from '../partitioner/index.ts'
import type { Serde } from '../serde/index.ts'
import { StagedRecord } from '../state/index.ts'
import type { Message, TopicDeclaration } from '../topology/index.ts'
import type { Headers, OutRecord } from '../transport/index.ts'

/** Room for what the log adds to key, value and headers, when a size is held against `max.message.bytes`. */
const recordOverheadBytes = 128
const noHeaders: Headers = []

/** What a message inherits from the event that sends it, and where a refusal of it is traced to. */
export interface Sender {
  readonly timestamp: number
  readonly input: number
  readonly offset: number
  readonly consumer: string
}

/** A topic as the runtime writes to it. */
export class OutputTopic {
  readonly topic: TopicDeclaration
  readonly #partitionCount: number
  readonly #maxBytes: number
  readonly #nullKeys: RoundRobin

  constructor(
    topic: TopicDeclaration,
    partitionCount: number,
    maxMessageBytes: number | undefined,
    nullKeys: RoundRobin,
  ) {
    this.topic = topic
    this.#partitionCount = partitionCount
    this.#maxBytes = maxMessageBytes ?? Number.POSITIVE_INFINITY
    this.#nullKeys = nullKeys
  }

  /** Encodes and places a message; throws what {@link Event.send} promises. */
  stage(message: Message, sender: Sender): StagedRecord {
    const { key, value, headers, timestamp, partition } = message
    if (value === undefined) {
      throw new StreamError({
        code: 'STREAM_VALUE_UNDEFINED',
        message: `A message to topic "${this.topic.name}" has no value; send null for a tombstone`,
        place: { topic: this.topic.name },
      })
    }
    const keyBytes = key === null || key === undefined ? null : this.#encode(this.topic.key, key, 'key')
    const valueBytes = value === null ? null : this.#encode(this.topic.value, value, 'value')
    const sizeBytes = (keyBytes?.length ?? 0) + (valueBytes?.length ?? 0)
    if (sizeBytes + recordOverheadBytes > this.#maxBytes)
      this.#refuseSize(sizeBytes + headerBytes(headers), this.#maxBytes)
    return new StagedRecord(
      this.topic,
      partition === undefined
        ? partitionOf(this.topic.partitioner, keyBytes, this.#partitionCount, this.#nullKeys)
        : this.#checked(partition),
      keyBytes,
      valueBytes,
      headers ?? noHeaders,
      timestamp ?? sender.timestamp,
      sender.input,
      sender.offset,
      sender.consumer,
    )
  }

  /** Places a record that is bytes already. */
  stageBytes(record: OutRecord, sender: Sender): StagedRecord {
    const headers = record.headers ?? noHeaders
    const sizeBytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes(headers)
    if (sizeBytes + recordOverheadBytes > this.#maxBytes) this.#refuseSize(sizeBytes, this.#maxBytes)
    const partition = partitionOf(this.topic.partitioner, record.key, this.#partitionCount, this.#nullKeys)
    const { input, offset, consumer } = sender
    return new StagedRecord(
      this.topic,
      partition,
      record.key,
      record.value,
      headers,
      record.timestamp,
      input,
      offset,
      consumer,
    )
  }

  #encode(serde: Serde<unknown>, value: unknown, part: 'key' | 'value'): Uint8Array {
    try {
      return serde.serialize(value)
    } catch (cause) {
      throw new StreamError({
        code: 'STREAM_SERIALIZATION_FAILED',
        message: `The ${part} of a message to topic "${this.topic.name}" could not be serialised by ${serde.name}: ${describeThrown(cause)}`,
        cause,
        place: { topic: this.topic.name },
      })
    }
  }

  #checked(partition: number): number {
    if (Number.isInteger(partition) && partition >= 0 && partition < this.#partitionCount) return partition
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `A message asks for partition ${partition} of topic "${this.topic.name}", which has ${this.#partitionCount}`,
      place: { topic: this.topic.name, partition },
    })
  }

  #refuseSize(sizeBytes: number, limitBytes: number): never {
    throw new StreamError({
      code: 'STREAM_RECORD_TOO_LARGE',
      message: `A message of ${sizeBytes} bytes to topic "${this.topic.name}" is larger than the topic takes (max.message.bytes ${limitBytes}). Send less, or raise max.message.bytes of the topic`,
      place: { topic: this.topic.name, sizeBytes, limitBytes },
    })
  }
}

function headerBytes(headers: Headers | undefined): number {
  let size = 0
  for (const [name, value] of headers ?? noHeaders) size += name.length + (value?.length ?? 0)
  return size
}
