import { StreamError } from '../errors/index.ts'
import { type Scope, ScopedRows, type ScopeHolder } from '../state/index.ts'
import type {
  ChannelDeclaration,
  Message,
  ScopedEvent,
  ScopedTable,
  TableDeclaration,
  TopicDeclaration,
} from '../topology/index.ts'
import type { Headers, LogRecord } from '../transport/index.ts'
import type { ConsumerRuntime } from './consumer-runtime.ts'
import { DerivedEvent, forwarded } from './derived-event.ts'
import type { Sender } from './output-topic.ts'
import type { TaskInput } from './task-input.ts'

/** What an invocation shows of a record, or of a channel's message. */
export interface EventSource {
  readonly timestamp: number
  readonly headers: Headers
}

/** A consumer inside a task, with the invocations that wait for it. */
export type TaskConsumer = ConsumerRuntime<Invocation>

/** One consumer's work on one record: the event that user code sees, and the key to its scope. */
export class Invocation implements ScopedEvent, ScopeHolder, Sender {
  readonly consumerRuntime: TaskConsumer
  readonly taskInput: TaskInput
  /** The record that it belongs to: itself, or the one whose work sent the message. */
  readonly record: LogRecord
  readonly source: EventSource
  readonly key: unknown
  readonly value: unknown
  /** Slot of the record in the input's tracker; -1 while nothing of it is in flight. */
  slot = -1
  /** Undefined once the work is complete or dropped: every handle is dead then. */
  scope: Scope | undefined
  /** The stream time of its task up to the record; undefined where the task keeps none. */
  streamTimeMs: number | undefined
  /** Failed attempts so far. */
  attempts = 0
  /** Times it ran again because another record changed what it had read. */
  reruns = 0
  /** Monotonic: since when its store has not been readable. */
  storeFailedAtMs: number | undefined
  /** Could not be decoded: fails with this before any user code runs. */
  failure: StreamError | undefined
  #orderKey: string | undefined

  constructor(
    consumerRuntime: TaskConsumer,
    taskInput: TaskInput,
    record: LogRecord,
    source: EventSource,
    key: unknown,
    value: unknown,
  ) {
    this.consumerRuntime = consumerRuntime
    this.taskInput = taskInput
    this.record = record
    this.source = source
    this.key = key
    this.value = value
  }

  /** The same work, to be done once more under a scope of its own. */
  again(): Invocation {
    const next = new Invocation(this.consumerRuntime, this.taskInput, this.record, this.source, this.key, this.value)
    next.slot = this.slot
    next.streamTimeMs = this.streamTimeMs
    next.attempts = this.attempts
    next.reruns = this.reruns
    next.storeFailedAtMs = this.storeFailedAtMs
    next.failure = this.failure
    return next
  }

  get headers(): Headers {
    return this.source.headers
  }

  get timestamp(): number {
    return this.source.timestamp
  }

  get offset(): number {
    return this.record.offset
  }

  get orderKey(): string | undefined {
    const key = this.record.key
    if (key === null) return undefined
    this.#orderKey ??= Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
    return this.#orderKey
  }

  /** Bytes of the record's key. */
  get recordKey(): Uint8Array | null {
    return this.record.key
  }

  get topic(): string {
    return this.taskInput.topic
  }

  get partition(): number {
    return this.taskInput.partition
  }

  get input(): number {
    return this.taskInput.index
  }

  get consumer(): string {
    return this.consumerRuntime.name
  }

  get consumerName(): string {
    return this.consumerRuntime.name
  }

  get signal(): AbortSignal {
    return this.consumerRuntime.signal
  }

  openScope(): Scope {
    if (this.scope === undefined) throw this.#expired()
    return this.scope
  }

  #expired(): StreamError {
    return new StreamError({
      code: 'STREAM_HANDLE_EXPIRED',
      message:
        `"${this.consumer}" used an event or table after its record was complete (${this.topic}-${this.partition}, offset ${this.offset}); ` +
        'await all work inside the handler or the loop body before it ends',
      place: { consumer: this.consumer, topic: this.topic, partition: this.partition, offset: this.offset },
    })
  }

  send<K, V>(to: TopicDeclaration<K, V> | ChannelDeclaration<K, V>, message: Message<K, V>): void {
    const scope = this.openScope()
    if (to.kind === 'topic') {
      scope.addSend(this.consumerRuntime.output(to.name).stage(message, this))
      return
    }
    this.consumerRuntime.checkChannel(to.name)
    scope.addMessage({
      channel: to,
      key: message.key ?? null,
      value: message.value,
      headers: message.headers ?? [],
      timestamp: message.timestamp ?? this.timestamp,
      streamTimeMs: this.streamTimeMs,
    })
  }

  forward<K, V>(to: TopicDeclaration<K, V> | ChannelDeclaration<K, V>, changes: Partial<Message<K, V>> = {}): void {
    this.send(to, forwarded<K, V>(this, changes))
  }

  table<K, V>(table: TableDeclaration<K, V>): ScopedTable<K, V> {
    // The rows are kept untyped; what goes in and out passes the serdes of this very declaration.
    return new ScopedRows(this.consumerRuntime.access(table.name), this) as unknown as ScopedTable<K, V>
  }

  derive<K, V>(changes: {
    readonly key: K
    readonly value: V
    readonly timestamp?: number
    readonly headers?: Headers
  }): ScopedEvent<K, V> {
    return new DerivedEvent(this, changes)
  }
}
