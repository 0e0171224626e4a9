import type { ChannelDeclaration, TopicDeclaration } from '../topology/index.ts'
import type { Headers, OutRecord } from '../transport/index.ts'

/** A record to be sent, with the record that caused it, so that a refusal can be traced back. */
export class StagedRecord implements OutRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  readonly timestamp: number
  readonly topic: TopicDeclaration
  readonly partition: number
  readonly input: number
  readonly offset: number
  readonly consumer: string

  constructor(
    topic: TopicDeclaration,
    partition: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: Headers,
    timestamp: number,
    input: number,
    offset: number,
    consumer: string,
  ) {
    this.key = key
    this.value = value
    this.headers = headers
    this.timestamp = timestamp
    this.topic = topic
    this.partition = partition
    this.input = input
    this.offset = offset
    this.consumer = consumer
  }

  get sizeBytes(): number {
    return (this.key === null ? 0 : this.key.length) + (this.value === null ? 0 : this.value.length) + 16
  }
}

/** A message to a channel, delivered inside the task once its sender is complete. */
export interface StagedMessage {
  readonly channel: ChannelDeclaration
  readonly key: unknown
  readonly value: unknown
  readonly headers: Headers
  readonly timestamp: number
  /** The stream time of the record that sent it. */
  readonly streamTimeMs: number | undefined
}
