import { StreamError } from '../../src/errors/index.ts'
import type { MaybePromise } from '../../src/store/index.ts'
import type {
  ChannelDeclaration,
  Message,
  RowPages,
  RowTime,
  ScopedEvent,
  ScopedTable,
  TableDeclaration,
  TopicDeclaration,
} from '../../src/topology/index.ts'
import type { Headers } from '../../src/transport/index.ts'

/** Rows by table name, shared by the events of a test. */
export type Rows = Map<string, Map<unknown, unknown>>

export interface FakeEventOptions {
  readonly rows?: Rows
  /** Reads of committed rows answer with promises, as a remote store's do. @default false */
  readonly isRemote?: boolean
  readonly offset?: number
}

export interface Sent {
  readonly to: string
  readonly message: Message
}

function expired(): StreamError {
  return new StreamError({ code: 'STREAM_HANDLE_EXPIRED', message: 'used after its record was complete' })
}

/** An event over plain maps, writing through; it expires when told to. */
export class FakeEvent<K = unknown, V = unknown> implements ScopedEvent<K, V> {
  readonly key: K
  readonly value: V
  readonly headers: Headers = []
  readonly timestamp = 1000
  readonly topic = 'in'
  readonly partition = 0
  readonly offset: number
  readonly signal: AbortSignal = new AbortController().signal
  readonly sent: Sent[] = []
  /** How often a table was bound. */
  bound = 0
  isExpired = false
  readonly #options: FakeEventOptions

  constructor(key: K, value: V, options: FakeEventOptions = {}) {
    this.key = key
    this.value = value
    this.offset = options.offset ?? 7
    this.#options = options
  }

  send<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>, message: Message<K2, V2>): void {
    if (this.isExpired) throw expired()
    this.sent.push({ to: to.name, message })
  }

  forward<K2, V2>(to: TopicDeclaration<K2, V2> | ChannelDeclaration<K2, V2>): void {
    if (this.isExpired) throw expired()
    this.sent.push({ to: to.name, message: { key: this.key, value: this.value } })
  }

  derive<K2, V2>(changes: { readonly key: K2; readonly value: V2 }): FakeEvent<K2, V2> {
    const derived = new FakeEvent(changes.key, changes.value, this.#options)
    // What is sent through a derived event belongs to the record.
    Object.defineProperty(derived, 'sent', { value: this.sent })
    return derived
  }

  table<K2, V2>(table: TableDeclaration<K2, V2>): ScopedTable<K2, V2> {
    this.bound++
    const all = this.#options.rows ?? new Map<string, Map<unknown, unknown>>()
    const rows = all.get(table.name) ?? new Map<unknown, unknown>()
    all.set(table.name, rows)
    return new FakeTable<K2, V2>(this, rows as Map<K2, V2>, this.#options.isRemote === true)
  }
}

class FakeTable<K, V> implements ScopedTable<K, V> {
  readonly #event: FakeEvent
  readonly #rows: Map<K, V>
  readonly #isRemote: boolean

  constructor(event: FakeEvent, rows: Map<K, V>, isRemote: boolean) {
    this.#event = event
    this.#rows = rows
    this.#isRemote = isRemote
  }

  #open(): Map<K, V> {
    if (this.#event.isExpired) throw expired()
    return this.#rows
  }

  get(key: K): MaybePromise<Readonly<V> | undefined> {
    const found = this.#open().get(key)
    return this.#isRemote ? Promise.resolve(found) : found
  }

  getMany(keys: readonly K[]): MaybePromise<readonly (Readonly<V> | undefined)[]> {
    const found = keys.map((key) => this.#open().get(key))
    return this.#isRemote ? Promise.resolve(found) : found
  }

  set(key: K, value: V): void {
    this.#open().set(key, value)
  }

  delete(key: K): void {
    this.#open().delete(key)
  }

  /** All rows, in the order they came. */
  scan(): RowPages<K, V> {
    const rows = [...this.#open()]
    return {
      next: (limit) => rows.splice(0, limit),
      skip: (limit) => rows.splice(0, limit).length,
      assertOpen: () => void this.#open(),
      close: () => undefined,
    }
  }

  stored(): { readonly rows: number; readonly isExact: boolean } {
    return { rows: this.#open().size, isExact: true }
  }

  count(): number {
    return this.#open().size
  }

  get time(): RowTime {
    return { eventMs: this.#event.timestamp, streamMs: this.#event.timestamp, wallMs: 0 }
  }
}
