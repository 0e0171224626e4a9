import type { TableDeclaration } from '../topology/index.ts'
import { whatIsWrong } from './check-options.ts'
import { rowsDeclaration } from './declare-table.ts'
import { presence } from './presence.ts'
import { keyOfRow, type RowKey, rowKeySerde } from './row-key.ts'
import { CommittedSource, ScopeSource } from './row-source.ts'
import { BoundSets, type SetFormat, SetReads } from './set-rows.ts'
import type { SetTable, SetTableOptions } from './set-table.ts'
import { giveParts } from './table-kind.ts'
import { tableProblem } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'

/**
 * A table of sets. What is wrong with its name or partition count is reported when the topology is built, with everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options a table cannot be made of.
 */
export function declareSetTable<K, M>(appId: string, name: string, options: SetTableOptions<K, M>): SetTable<K, M> {
  const problem = whatIsWrong({ ...options }, ['key', 'member'])
  if (problem !== undefined) throw tableProblem(name, problem)
  const format: SetFormat<K, M> = { table: name, key: options.key, member: options.member }
  const declaration: TableDeclaration<RowKey<K, M>, true> = {
    ...rowsDeclaration(appId, name, {
      ...options,
      key: rowKeySerde('set', options.key, options.member),
      value: presence,
    }),
    placedBy: keyOfRow,
  }
  const source = new CommittedSource(declaration)
  const table: SetTable<K, M> = { ...declaration, committed: new SetReads(format, source) }
  giveParts(table, {
    bind: (scope) => {
      // The scope is the one of this very declaration.
      const own = scope as TableScope<RowKey<K, M>, true>
      return new BoundSets(format, own, new ScopeSource(own))
    },
    connect: (queries) => source.connect(queries),
  })
  return Object.freeze(table)
}
