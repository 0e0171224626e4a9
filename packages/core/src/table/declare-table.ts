import type { Serde } from '../serde/index.ts'
import type { Store } from '../store/index.ts'
import { changelogTopic, type TableDeclaration, type TopicDeclaration } from '../topology/index.ts'
import { BoundTable } from './bound-table.ts'
import { whatIsWrong } from './check-options.ts'
import { CommittedTable } from './committed-table.ts'
import { CommittedSource, type TableQuerySource } from './row-source.ts'
import type { AnyTable, Table, TableOptions, TableOptionsWithDefault } from './table.ts'
import type { TableHandle } from './table-handle.ts'
import { giveParts, partsOf } from './table-kind.ts'
import { tableProblem } from './table-problem.ts'
import { withoutTask } from './table-query.ts'
import type { TableScope } from './table-scope.ts'

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
 * Where reads of a table from outside go from now on; undefined: the app is not running.
 *
 * Throws `STREAM_DECLARATION_INVALID` for what the app did not declare.
 */
export function connectTable(table: AnyTable, source: TableQuerySource | undefined): void {
  partsOf(table).connect(source)
}

/** Name, store and changelog: what declarations of every kind have alike. */
export function rowsDeclaration<K, V>(
  appId: string,
  name: string,
  options: Pick<TableOptions<K, V>, 'store' | 'configs' | 'partitions'> & Pick<TableDeclaration<K, V>, 'key' | 'value'>,
): Pick<TableDeclaration<K, V>, 'kind' | 'name' | 'key' | 'value' | 'store' | 'changelog'> {
  const changelog = changelogTopic(appId, name)
  return {
    kind: 'table',
    name,
    key: options.key,
    value: options.value,
    ...(options.store === undefined ? {} : { store: options.store }),
    changelog: Object.freeze({
      ...changelog,
      configs: Object.freeze({ ...options.configs, ...changelog.configs }),
      ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
    }),
  }
}

class DeclaredTable<K, V> implements Table<K, V> {
  declare readonly '~types'?: readonly [K, V, V | undefined]
  declare readonly '~handle'?: TableHandle<K, V>
  declare readonly kind: 'table'
  declare readonly name: string
  declare readonly key: Serde<K>
  declare readonly value: Serde<V>
  declare readonly default?: () => V
  declare readonly store?: Store
  declare readonly changelog: TopicDeclaration<Uint8Array, Uint8Array>
  readonly committed: CommittedTable<K, V>

  constructor(appId: string, name: string, options: TableOptions<K, V>) {
    const problem = whatIsWrong({ ...options })
    if (problem !== undefined) throw tableProblem(name, problem)
    Object.assign(this, rowsDeclaration(appId, name, options))
    if (options.default !== undefined) this.default = options.default
    const source = new CommittedSource<K, V>(this)
    this.committed = new CommittedTable(source, this)
    giveParts(this, {
      // The scope is the one of this very declaration.
      bind: (scope) => new BoundTable(scope as TableScope<K, V>, this),
      connect: (queries) => source.connect(queries),
    })
    Object.freeze(this)
  }

  query(key: K): Promise<Readonly<V> | undefined> {
    return this.committed.get(key)
  }

  queryAll(): AsyncIterableIterator<readonly [K, Readonly<V>]> {
    return this.committed.entries()
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
