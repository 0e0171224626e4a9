import type { Serde } from '../serde/index.ts'
import { assertPrefixed, byteRange, type KeyRange, prefixRange, type ScanOptions } from './key-range.ts'
import { countAll, readRange, storedRows } from './read-pages.ts'
import type { RowSource } from './row-source.ts'

/** The reads of a table that go over many rows, wherever they go. */
export class TableScans<K, V> {
  readonly #source: RowSource<K, V>
  readonly #key: Serde<K>
  readonly #table: string

  constructor(source: RowSource<K, V>, key: Serde<K>, table: string) {
    this.#source = source
    this.#key = key
    this.#table = table
  }

  range(range: KeyRange<K> = {}): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return readRange(this.#source.all(), byteRange(this.#key, range), range)
  }

  prefix(prefix: K, options: ScanOptions = {}): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    assertPrefixed(this.#key, this.#table)
    return readRange(this.#source.all(), prefixRange(this.#key.serialize(prefix), options.reverse === true), options)
  }

  async *keys(): AsyncIterableIterator<K> {
    for await (const [key] of this.range()) yield key
  }

  async count(): Promise<number> {
    return countAll(this.#source.all())
  }

  async approximateCount(): Promise<number> {
    return storedRows(this.#source.all())
  }
}
