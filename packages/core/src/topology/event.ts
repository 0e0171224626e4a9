import type { Headers } from '../transport/index.ts'
import type { ChannelDeclaration, TopicDeclaration } from './declarations.ts'

/** What to send. */
export interface Message<K = unknown, V = unknown> {
  /** @default null */
  readonly key?: K | null
  /** null is a tombstone; undefined is refused with `STREAM_VALUE_UNDEFINED`. */
  readonly value: V | null
  /** @default [] */
  readonly headers?: Headers
  /** Integer milliseconds. @default the event's timestamp */
  readonly timestamp?: number
  /** @default chosen by the topic's partitioner */
  readonly partition?: number
}

/**
 * A record, decoded and bound to its task. It is the record's own scope: what is sent through it becomes visible with the record, or
 * never. After the record is complete every method throws `STREAM_HANDLE_EXPIRED`.
 */
export interface Event<K = unknown, V = unknown> {
  readonly key: K
  readonly value: V
  readonly headers: Headers
  /** Integer milliseconds. */
  readonly timestamp: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /**
   * Sends with this record's effects. Synchronous: it is staged, not awaited. Throws `STREAM_TOPIC_NOT_DECLARED` for what is not
   * in the declared outputs, `STREAM_SERIALIZATION_FAILED`, `STREAM_RECORD_TOO_LARGE`, `STREAM_VALUE_UNDEFINED`.
   */
  send<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>, message: Message<K2, V2>): void
  /** Sends key, value, headers and timestamp of this event on, unchanged where `changes` does not say otherwise. */
  forward<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>, changes?: Partial<Message<K2, V2>>): void
  /** Aborts when the record's work is of no use any more: partition lost, deadline of a drain passed, worker failing. */
  readonly signal: AbortSignal
}
