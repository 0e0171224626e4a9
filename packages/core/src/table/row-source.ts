import type { ReadableRows, TableDeclaration } from '../topology/index.ts'
import { notStarted } from './table-query.ts'
import type { TableScope } from './table-scope.ts'

/** Answers reads from outside a task with committed data; the engine is one. */
export interface TableQuerySource {
  /** The partition that a row's key bytes belong to; throws `STREAM_NO_TASK` where this worker does not own it. */
  committedRowsOf<K, V>(table: TableDeclaration<K, V>, rowKey: Uint8Array): ReadableRows<K, V>
  /** All partitions that this worker owns. */
  committedRows<K, V>(table: TableDeclaration<K, V>): readonly ReadableRows<K, V>[]
}

/** Where the reads of a table go: into a record's scope, or to what is committed. */
export interface RowSource<K, V> {
  /** The partition that holds a row's key. */
  holding(key: K): ReadableRows<K, V>
  /** The same, from the key's bytes or as many of them as tell. */
  at(rowKey: Uint8Array): ReadableRows<K, V>
  /** All partitions at hand. */
  all(): readonly ReadableRows<K, V>[]
}

/** A task has one partition, which holds all that is asked for. */
export class ScopeSource<K, V> implements RowSource<K, V> {
  readonly #scope: TableScope<K, V>

  constructor(scope: TableScope<K, V>) {
    this.#scope = scope
  }

  holding(): ReadableRows<K, V> {
    return this.#scope.scoped()
  }

  at(): ReadableRows<K, V> {
    return this.#scope.scoped()
  }

  all(): readonly ReadableRows<K, V>[] {
    return [this.#scope.scoped()]
  }
}

/** What is committed, while the app runs. */
export class CommittedSource<K, V> implements RowSource<K, V> {
  readonly #table: TableDeclaration<K, V>
  #source: TableQuerySource | undefined

  constructor(table: TableDeclaration<K, V>) {
    this.#table = table
  }

  /** Where reads go from now on; undefined: the app is not running. */
  connect(source: TableQuerySource | undefined): void {
    this.#source = source
  }

  holding(key: K): ReadableRows<K, V> {
    const source = this.#running()
    return source.committedRowsOf(this.#table, this.#table.key.serialize(key))
  }

  at(rowKey: Uint8Array): ReadableRows<K, V> {
    return this.#running().committedRowsOf(this.#table, rowKey)
  }

  all(): readonly ReadableRows<K, V>[] {
    return this.#running().committedRows(this.#table)
  }

  #running(): TableQuerySource {
    if (this.#source === undefined) throw notStarted(this.#table.name)
    return this.#source
  }
}
