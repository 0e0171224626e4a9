import type { StreamError } from '../errors/index.ts'
import type { ChannelDeclaration, GlobalTableDeclaration, TableDeclaration, TopicDeclaration } from './declarations.ts'
import type { ScopedEvent } from './scoped-event.ts'

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
  /** Those it reads that belong to no task. @default [] */
  readonly globalTables?: readonly GlobalTableDeclaration[]
  readonly outputs: readonly (TopicDeclaration | ChannelDeclaration)[]
  readonly onError: ErrorPolicy
  /** How many keys at once; 1: one event after the other, in offset order. */
  readonly concurrency: number
  /** For drawings: the operators from the source on, for example `['filter', 'mapValues', 'to alerts']`. */
  readonly steps: readonly string[]
  create(task: TaskContext): Processor
}
