import type { StreamError } from '../errors/index.ts'
import type { Headers } from '../transport/index.ts'
import type { ChannelDeclaration, TableDeclaration, TopicDeclaration } from './declarations.ts'
import type { ScopedEvent } from './scoped-event.ts'

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

/** What a record that failed for good meets. */
export type ErrorPolicy =
  | { readonly kind: 'stop' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'dead-letter'; readonly topic?: TopicDeclaration<Uint8Array, Uint8Array> }
  | {
      readonly kind: 'retry'
      readonly attempts: number
      readonly backoffMs: number
      readonly maxBackoffMs: number
      readonly then: ErrorPolicy
    }

/** Runs one consumer's code inside one task. */
export interface Processor {
  /**
   * Works on one event; returns nothing when done at once, else a promise. A throw or rejection means that the record failed.
   * Called again with a new event object for a repeated attempt.
   */
  process(event: ScopedEvent): void | Promise<void>
  /** The task is over (or suspended for good): drop everything. */
  close(): void
}

/** What a processor may know of its task, and what it can tell it. */
export interface TaskContext {
  /** `<sub-topology>_<partition>`. */
  readonly task: string
  readonly partition: number
  /** Ends the app with this cause: for what is not the fault of a record, such as an agent that returned. */
  fail(error: StreamError): void
}

/** One reader of one source: a stream's root with all that hangs on it, an agent, or a handler. */
export interface ConsumerDeclaration {
  readonly name: string
  readonly kind: 'stream' | 'agent' | 'handler'
  readonly source: TopicDeclaration | ChannelDeclaration
  readonly tables: readonly TableDeclaration[]
  readonly outputs: readonly (TopicDeclaration | ChannelDeclaration)[]
  readonly onError: ErrorPolicy
  /** How many keys at once; 1: one event after the other, in offset order. */
  readonly concurrency: number
  /** For drawings: the operators from the source on, for example `['filter', 'mapValues', 'to alerts']`. */
  readonly steps: readonly string[]
  create(task: TaskContext): Processor
}
