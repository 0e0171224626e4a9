import type { TableDeclaration } from '../topology/index.ts'
import type { KeyRange, ScanOptions } from './key-range.ts'
import type { CommittedSource } from './row-source.ts'
import { TableScans } from './scan-table.ts'
import type { TableReader } from './table-handle.ts'

/** What is committed of a table, from outside a task. */
export class CommittedTable<K, V> implements TableReader<K, V> {
  readonly #source: CommittedSource<K, V>
  readonly #table: TableDeclaration<K, V>
  readonly #scans: TableScans<K, V>

  constructor(source: CommittedSource<K, V>, table: TableDeclaration<K, V>) {
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
