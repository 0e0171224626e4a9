import { StreamError } from '../errors/index.ts'
import { separateBytes } from '../state/index.ts'
import type { ByteRange, MaybePromise } from '../store/index.ts'
import type { ReadableRows, RowPages, RowTime, ScopedTable } from '../topology/index.ts'
import { dueTime } from './due-rows.ts'
import type { ExpiringKey, ExpiringValue } from './expiring-rows.ts'
import type { TtlOptions, WriteOptions } from './expiring-table.ts'
import { LiveRows } from './live-rows.ts'
import type { RowSource } from './row-source.ts'
import { noValue } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'

/** How a table's rows expire. */
export type Ttl = TtlOptions & { readonly clock: 'event' | 'wall' }

/** A table with expiring rows inside one record's scope, as if it held nothing else. */
export class LiveTable<K, V> implements ScopedTable<K, V> {
  readonly #rows: ScopedTable<ExpiringKey<K>, ExpiringValue<V>>
  readonly #live: LiveRows<K, V>
  readonly #ttl: Ttl
  readonly #table: string

  constructor(rows: ScopedTable<ExpiringKey<K>, ExpiringValue<V>>, ttl: Ttl, table: string) {
    this.#rows = rows
    this.#live = new LiveRows(rows, ttl.clock)
    this.#ttl = ttl
    this.#table = table
  }

  get(key: K): MaybePromise<Readonly<V> | undefined> {
    return this.#live.get(key)
  }

  getMany(keys: readonly K[]): MaybePromise<readonly (Readonly<V> | undefined)[]> {
    return this.#live.getMany(keys)
  }

  scan(range: ByteRange): RowPages<K, V> {
    return this.#live.scan(range)
  }

  stored(): MaybePromise<{ readonly rows: number; readonly isExact: boolean }> {
    return this.#live.stored()
  }

  count(): MaybePromise<number> {
    return this.#live.count()
  }

  get time(): RowTime {
    return this.#rows.time
  }

  set(key: K, value: V, { ttlMs = this.#ttl.afterMs ?? null }: WriteOptions = {}): void {
    if (value === undefined || value === null) throw noValue(this.#table, value)
    if (ttlMs === null) {
      this.#rows.set([key], { value: separateBytes(value), expiresMs: undefined })
      return
    }
    if (!Number.isSafeInteger(ttlMs) || ttlMs <= 0) throw badTtl(this.#table, ttlMs)
    const expiresMs = this.#fromMs() + ttlMs
    this.#rows.set([key], { value: separateBytes(value), expiresMs })
    this.#rows.set([key, dueTime(expiresMs, ttlMs)], true)
  }

  /** The moment from which a row lives. Records without a timestamp are as old as the newest before them. */
  #fromMs(): number {
    const { eventMs = -1, streamMs, wallMs } = this.#rows.time
    if (this.#ttl.clock === 'wall') return wallMs
    return eventMs >= 0 ? eventMs : (streamMs ?? wallMs)
  }

  delete(key: K): void {
    this.#rows.delete([key])
  }
}

/** Finds the table of the record in hand. */
export class LiveScope<K, V> implements TableScope<K, V> {
  readonly #scope: TableScope<ExpiringKey<K>, ExpiringValue<V>>
  readonly #ttl: Ttl
  readonly #table: string
  #rows: ScopedTable<ExpiringKey<K>, ExpiringValue<V>> | undefined
  #live: LiveTable<K, V> | undefined

  constructor(scope: TableScope<ExpiringKey<K>, ExpiringValue<V>>, ttl: Ttl, table: string) {
    this.#scope = scope
    this.#ttl = ttl
    this.#table = table
  }

  scoped(): LiveTable<K, V> {
    const rows = this.#scope.scoped()
    if (this.#live === undefined || rows !== this.#rows) {
      this.#rows = rows
      this.#live = new LiveTable(rows, this.#ttl, this.#table)
    }
    return this.#live
  }
}

/** What is committed and has not expired. */
export class LiveSource<K, V> implements RowSource<K, V> {
  readonly #source: RowSource<ExpiringKey<K>, ExpiringValue<V>>
  readonly #ttl: Ttl

  constructor(source: RowSource<ExpiringKey<K>, ExpiringValue<V>>, ttl: Ttl) {
    this.#source = source
    this.#ttl = ttl
  }

  holding(key: K): ReadableRows<K, V> {
    return new LiveRows(this.#source.holding([key]), this.#ttl.clock)
  }

  at(rowKey: Uint8Array): ReadableRows<K, V> {
    return new LiveRows(this.#source.at(rowKey), this.#ttl.clock)
  }

  all(): readonly ReadableRows<K, V>[] {
    return this.#source.all().map((rows) => new LiveRows(rows, this.#ttl.clock))
  }
}

function badTtl(table: string, ttlMs: unknown): StreamError {
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `Table "${table}" was given a row with ttlMs ${String(ttlMs)}; give a whole number of milliseconds above 0, or null for a row that stays`,
    place: { table },
  })
}
