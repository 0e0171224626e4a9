import type { KeyRange, ScanOptions } from './key-range.ts'
import type { RowSource } from './row-source.ts'
import { TableScans } from './scan-table.ts'
import type { TableFormat } from './table-format.ts'
import type { TableReader } from './table-handle.ts'

/** What is committed of a table, from outside a task. */
export class CommittedTable<K, V> implements TableReader<K, V> {
  readonly #source: RowSource<K, V>
  readonly #table: TableFormat<K, V>
  readonly #scans: TableScans<K, V>

  constructor(source: RowSource<K, V>, table: TableFormat<K, V>) {
    this.#source = source
    this.#table = table
    this.#scans = new TableScans(source, table.key, table.name)
  }

  async get(key: K): Promise<Readonly<V> | undefined> {
    const row = await this.#source.holding(key).get(key)
    return row === undefined ? this.#table.default?.() : row
  }

  getMany(keys: readonly K[]): Promise<readonly (Readonly<V> | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  async has(key: K): Promise<boolean> {
    return (await this.#source.holding(key).get(key)) !== undefined
  }

  range(range?: KeyRange<K>): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scans.range(range)
  }

  prefix(prefix: K, options?: ScanOptions): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scans.prefix(prefix, options)
  }

  entries(): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scans.range()
  }

  keys(): AsyncIterableIterator<K> {
    return this.#scans.keys()
  }

  count(): Promise<number> {
    return this.#scans.count()
  }

  approximateCount(): Promise<number> {
    return this.#scans.approximateCount()
  }
}
