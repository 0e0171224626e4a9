import type {
  ChannelDeclaration,
  Message,
  ScopedEvent,
  ScopedTable,
  TableDeclaration,
  TopicDeclaration,
} from '../topology/index.ts'
import type { Headers } from '../transport/index.ts'

/** An event under another key or value: what an operator passes on. Shares the scope of the one it comes from. */
export class DerivedEvent<K, V> implements ScopedEvent<K, V> {
  readonly #base: ScopedEvent
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly #headers: Headers | undefined

  constructor(
    base: ScopedEvent,
    changes: { readonly key: K; readonly value: V; readonly timestamp?: number; readonly headers?: Headers },
  ) {
    this.#base = base
    this.key = changes.key
    this.value = changes.value
    this.timestamp = changes.timestamp ?? base.timestamp
    this.#headers = changes.headers
  }

  get headers(): Headers {
    return this.#headers ?? this.#base.headers
  }

  get topic(): string {
    return this.#base.topic
  }

  get partition(): number {
    return this.#base.partition
  }

  get offset(): number {
    return this.#base.offset
  }

  get signal(): AbortSignal {
    return this.#base.signal
  }

  send<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>, message: Message<K2, V2>): void {
    this.#base.send(to, message.timestamp === undefined ? { ...message, timestamp: this.timestamp } : message)
  }

  forward<K2, V2>(
    to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>,
    changes: Partial<Message<K2, V2>> = {},
  ): void {
    this.#base.send(to, forwarded<K2, V2>(this, changes))
  }

  table<K2, V2>(table: TableDeclaration<K2, V2>): ScopedTable<K2, V2> {
    return this.#base.table(table)
  }

  derive<K2, V2>(changes: {
    readonly key: K2
    readonly value: V2
    readonly timestamp?: number
    readonly headers?: Headers
  }): ScopedEvent<K2, V2> {
    return new DerivedEvent(this.#base, {
      key: changes.key,
      value: changes.value,
      timestamp: changes.timestamp ?? this.timestamp,
      headers: changes.headers ?? this.headers,
    })
  }
}

/** A message with what the event has, where the changes do not say otherwise; the caller vouches for the types, as `forward` promises. */
export function forwarded<K, V>(event: ScopedEvent<unknown, unknown>, changes: Partial<Message<K, V>>): Message<K, V> {
  return {
    key: (changes.key === undefined ? event.key : changes.key) as K,
    value: (changes.value === undefined ? event.value : changes.value) as V,
    headers: changes.headers ?? event.headers,
    timestamp: changes.timestamp ?? event.timestamp,
    ...(changes.partition === undefined ? {} : { partition: changes.partition }),
  }
}
