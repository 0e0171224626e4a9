import type { ScopedTable } from '../topology/index.ts'
import { attempt } from './attempt.ts'
import { isPromise } from './is-promise.ts'
import type { KeyRange, ScanOptions } from './key-range.ts'
import { ScopeSource } from './row-source.ts'
import { RowTurns } from './row-turns.ts'
import { TableScans } from './scan-table.ts'
import type { TableFormat } from './table-format.ts'
import type { TableHandle } from './table-handle.ts'
import type { TableScope } from './table-scope.ts'

/** The handle that consumers get. Answers that are there at once cost no tick beyond the promise they come in. */
export class BoundTable<K, V> implements TableHandle<K, V> {
  readonly #scope: TableScope<K, V>
  readonly #table: TableFormat<K, V>
  #turns: RowTurns<K> | undefined
  #scans: TableScans<K, V> | undefined

  constructor(scope: TableScope<K, V>, table: TableFormat<K, V>) {
    this.#scope = scope
    this.#table = table
  }

  get(key: K): Promise<Readonly<V> | undefined> {
    return attempt(() => {
      const row = this.#scope.scoped().get(key)
      if (isPromise(row)) return this.#table.default === undefined ? row : row.then((value) => this.#found(value))
      return this.#found(row)
    })
  }

  getMany(keys: readonly K[]): Promise<readonly (Readonly<V> | undefined)[]> {
    return attempt(() => {
      const rows = this.#scope.scoped().getMany(keys)
      if (isPromise(rows)) return rows.then((values) => this.#foundAll(values))
      return this.#foundAll(rows)
    })
  }

  has(key: K): Promise<boolean> {
    return attempt(() => {
      const row = this.#scope.scoped().get(key)
      return isPromise(row) ? row.then((value) => value !== undefined) : row !== undefined
    })
  }

  set(key: K, value: V): void {
    this.#scope.scoped().set(key, value)
  }

  update(key: K, change: (current: Readonly<V> | undefined) => V | Promise<V>): Promise<V> {
    return attempt(() => {
      const scoped = this.#scope.scoped()
      if (this.#turns !== undefined && !this.#turns.isEmpty) {
        return this.#turns.after(key, () => this.#change(scoped, key, change))
      }
      const written = this.#change(scoped, key, change)
      if (!isPromise(written)) return written
      this.#turns ??= new RowTurns(this.#table.key)
      return this.#turns.hold(key, written)
    })
  }

  delete(key: K): void {
    this.#scope.scoped().delete(key)
  }

  range(range?: KeyRange<K>): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scanning.range(range)
  }

  prefix(prefix: K, options?: ScanOptions): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scanning.prefix(prefix, options)
  }

  entries(): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.#scanning.range()
  }

  keys(): AsyncIterableIterator<K> {
    return this.#scanning.keys()
  }

  count(): Promise<number> {
    return this.#scanning.count()
  }

  approximateCount(): Promise<number> {
    return this.#scanning.approximateCount()
  }

  get #scanning(): TableScans<K, V> {
    return (this.#scans ??= new TableScans(new ScopeSource(this.#scope), this.#table.key, this.#table.name))
  }

  /** The scope is the one the update began in: it dies with its record, whatever record is in hand by then. */
  #change(
    scoped: ScopedTable<K, V>,
    key: K,
    change: (current: Readonly<V> | undefined) => V | Promise<V>,
  ): V | PromiseLike<V> {
    const row = scoped.get(key)
    if (isPromise(row)) return row.then((value) => this.#write(scoped, key, change(this.#found(value))))
    return this.#write(scoped, key, change(this.#found(row)))
  }

  #write(scoped: ScopedTable<K, V>, key: K, changed: V | PromiseLike<V>): V | PromiseLike<V> {
    if (isPromise(changed)) {
      return changed.then((value) => {
        scoped.set(key, value)
        return value
      })
    }
    scoped.set(key, changed)
    return changed
  }

  #found(row: Readonly<V> | undefined): Readonly<V> | undefined {
    return row === undefined ? this.#table.default?.() : row
  }

  #foundAll(rows: readonly (Readonly<V> | undefined)[]): readonly (Readonly<V> | undefined)[] {
    return this.#table.default === undefined ? rows : rows.map((row) => this.#found(row))
  }
}
