import { separateBytes } from '../state/index.ts'
import type { ByteRange, MaybePromise } from '../store/index.ts'
import type { ReadableRows, RowPages, RowTime } from '../topology/index.ts'
import { dataKey, type ExpiringKey, type ExpiringValue } from './expiring-rows.ts'
import { rowTag } from './row-key.ts'

/** The rows of a table with expiring rows, as far as they have not expired. */
export class LiveRows<K, V> implements ReadableRows<K, V> {
  readonly #rows: ReadableRows<ExpiringKey<K>, ExpiringValue<V>>
  readonly #clock: 'event' | 'wall'

  constructor(rows: ReadableRows<ExpiringKey<K>, ExpiringValue<V>>, clock: 'event' | 'wall') {
    this.#rows = rows
    this.#clock = clock
  }

  get(key: K): MaybePromise<Readonly<V> | undefined> {
    const row = this.#rows.get([key])
    return row instanceof Promise ? row.then((found) => this.#live(found)) : this.#live(row)
  }

  getMany(keys: readonly K[]): MaybePromise<readonly (Readonly<V> | undefined)[]> {
    const rows = this.#rows.getMany(keys.map((key): ExpiringKey<K> => [key]))
    return rows instanceof Promise
      ? rows.then((found) => found.map((row) => this.#live(row)))
      : rows.map((row) => this.#live(row))
  }

  #live(row: Readonly<ExpiringValue<V>> | undefined): Readonly<V> | undefined {
    if (row === undefined || row === true) return undefined
    return this.isOver(row.expiresMs) ? undefined : separateBytes(row.value)
  }

  /** Whether a row with this end has expired. */
  isOver(expiresMs: number | undefined): boolean {
    if (expiresMs === undefined) return false
    const { streamMs, wallMs } = this.#rows.time
    const nowMs = this.#clock === 'wall' ? wallMs : streamMs
    return nowMs !== undefined && expiresMs <= nowMs
  }

  scan({ gte, lt, reverse = false }: ByteRange): RowPages<K, V> {
    const pages = this.#rows.scan({
      gte: dataKey(gte ?? new Uint8Array(0)),
      lt: lt === undefined ? Uint8Array.of(rowTag.data + 1) : dataKey(lt),
      reverse,
    })
    const next = (limit: number): MaybePromise<readonly (readonly [K, Readonly<V>])[]> => this.#fill(pages, [], limit)
    return {
      next,
      skip: (limit) => {
        const rows = next(limit)
        return rows instanceof Promise ? rows.then((found) => found.length) : rows.length
      },
      assertOpen: () => pages.assertOpen(),
      close: () => pages.close(),
    }
  }

  /** Reads on where rows have expired, so that fewer than `limit` are the last ones. */
  #fill(
    pages: RowPages<ExpiringKey<K>, ExpiringValue<V>>,
    into: (readonly [K, Readonly<V>])[],
    limit: number,
  ): MaybePromise<readonly (readonly [K, Readonly<V>])[]> {
    while (into.length < limit) {
      const wanted = limit - into.length
      const found = pages.next(wanted)
      if (found instanceof Promise) {
        return found.then((rows) => (this.#take(rows, into) < wanted ? into : this.#fill(pages, into, limit)))
      }
      if (this.#take(found, into) < wanted) return into
    }
    return into
  }

  #take(
    found: readonly (readonly [ExpiringKey<K>, Readonly<ExpiringValue<V>>])[],
    into: (readonly [K, Readonly<V>])[],
  ): number {
    for (const [[key], row] of found) {
      const value = this.#live(row)
      if (value !== undefined) into.push([key, value])
    }
    return found.length
  }

  stored(): MaybePromise<{ readonly rows: number; readonly isExact: boolean }> {
    const stored = this.#rows.stored()
    const about = ({ rows }: { readonly rows: number }) => ({ rows, isExact: false })
    return stored instanceof Promise ? stored.then(about) : about(stored)
  }

  async count(): Promise<number> {
    const pages = this.scan({})
    const atOnce = 1024
    try {
      for (let count = 0; ; ) {
        const stepped = await pages.skip(atOnce)
        count += stepped
        if (stepped < atOnce) return count
        // A large table must not keep everybody else from their turn.
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    } finally {
      pages.close()
    }
  }

  get time(): RowTime {
    return this.#rows.time
  }
}
