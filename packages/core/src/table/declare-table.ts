import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import { changelogTopic, type TopicDeclaration } from '../topology/index.ts'
import type { AnyTable, Table, TableOptions, TableOptionsWithDefault } from './table.ts'
import { tableProblem, whatIsWrong } from './table-problem.ts'
import { notStarted, type TableQuerySource, withoutTask } from './table-query.ts'

/**
 * A table of the app. What is wrong with its name or partition count is reported when the topology is built, with everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options a table cannot be made of.
 */
export function declareTable<K, V>(appId: string, name: string, options: TableOptionsWithDefault<K, V>): Table<K, V, V>
export function declareTable<K, V>(appId: string, name: string, options: TableOptions<K, V>): Table<K, V>
export function declareTable<K, V>(appId: string, name: string, options: TableOptions<K, V>): Table<K, V> {
  return new DeclaredTable<K, V>(appId, name, options)
}

/**
 * Where the queries of a table go from now on; undefined: the app is not running.
 *
 * Throws `STREAM_DECLARATION_INVALID` for what `declareTable` did not make.
 */
export function connectTable(table: AnyTable, source: TableQuerySource | undefined): void {
  DeclaredTable.connect(table, source)
}

class DeclaredTable<K, V> implements Table<K, V> {
  declare readonly '~types'?: readonly [K, V, V | undefined]
  readonly kind: 'table'
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  declare readonly default?: () => V
  declare readonly store?: Store
  readonly changelog: TopicDeclaration<Uint8Array, Uint8Array>
  #source: TableQuerySource | undefined

  constructor(appId: string, name: string, options: TableOptions<K, V>) {
    const problem = whatIsWrong(options)
    if (problem !== undefined) throw tableProblem(name, problem)
    this.kind = 'table'
    this.name = name
    this.key = options.key
    this.value = options.value
    if (options.default !== undefined) this.default = options.default
    if (options.store !== undefined) this.store = options.store
    const changelog = changelogTopic(appId, name)
    this.changelog = Object.freeze({
      ...changelog,
      configs: Object.freeze({ ...options.configs, ...changelog.configs }),
      ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
    })
    Object.freeze(this)
  }

  static connect(table: AnyTable, source: TableQuerySource | undefined): void {
    const declared: object = table
    if (!(#source in declared)) throw tableProblem(table.name, 'was not made by app.table()')
    declared.#source = source
  }

  async query(key: K): Promise<Readonly<V> | undefined> {
    if (this.#source === undefined) throw notStarted(this.name)
    const row = await this.#source.query<K, V>(this, key)
    return row === undefined ? this.default?.() : row
  }

  queryAll(): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    if (this.#source === undefined) throw notStarted(this.name)
    return this.#source.queryAll<K, V>(this)
  }

  get(): never {
    throw withoutTask(this.name, 'get')
  }

  set(): never {
    throw withoutTask(this.name, 'set')
  }

  update(): never {
    throw withoutTask(this.name, 'update')
  }

  delete(): never {
    throw withoutTask(this.name, 'delete')
  }
}
