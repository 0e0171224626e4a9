import type { Headers } from '../../src/adapter.ts'
import type {
  ChannelDeclaration,
  Message,
  ScopedEvent,
  ScopedTable,
  TopicDeclaration,
} from '../../src/topology/index.ts'

/** What a {@link RecordedEvent} was asked to send. */
export interface Sent {
  readonly to: string
  readonly key: unknown
  readonly value: unknown
  readonly headers?: Headers
  readonly timestamp?: number
}

/** An event that records what is sent through it and counts what is derived of it. */
export class RecordedEvent<K, V> implements ScopedEvent<K, V> {
  readonly key: K
  readonly value: V
  readonly headers: Headers = [['trace', new Uint8Array([1])]]
  readonly timestamp = 1000
  readonly topic = 'in'
  readonly partition = 0
  readonly offset = 7
  readonly signal: AbortSignal = new AbortController().signal
  readonly sent: Sent[]
  readonly derived: { count: number }

  constructor(key: K, value: V, sent: Sent[] = [], derived: { count: number } = { count: 0 }) {
    this.key = key
    this.value = value
    this.sent = sent
    this.derived = derived
  }

  send<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>, message: Message<K2, V2>): void {
    this.sent.push({ to: to.name, key: null, ...message })
  }

  forward<K2, V2>(
    to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>,
    changes: Partial<Message<K2, V2>> = {},
  ): void {
    this.sent.push({ to: to.name, key: this.key, value: this.value, ...changes })
  }

  derive<K2, V2>(changes: { readonly key: K2; readonly value: V2 }): RecordedEvent<K2, V2> {
    this.derived.count++
    return new RecordedEvent(changes.key, changes.value, this.sent, this.derived)
  }

  table<K2, V2>(): ScopedTable<K2, V2> {
    throw new Error('no tables here')
  }
}
