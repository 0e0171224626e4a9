import type { GlobalTableDeclaration, TopicDeclaration } from '../topology/index.ts'
import { globalHandle } from './global-handle.ts'
import { type GlobalQuerySource, GlobalSource, globalReader } from './global-rows.ts'
import type { AnyGlobalTable, GlobalTable, GlobalTableOptions } from './global-table.ts'
import type { TableReader } from './table-handle.ts'
import { tableProblem } from './table-problem.ts'

/** Where a declared global table keeps what the app and its consumers do with it. */
const globalParts: unique symbol = Symbol('parts of a global table')

interface GlobalParts {
  readonly handle: TableReader<unknown, unknown>
  connect(source: GlobalQuerySource | undefined): void
}

/**
 * A global table. What is wrong with its name is reported when the topology is built, with everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for a topic or options that none can be made of.
 */
export function declareGlobalTable<K, V>(
  name: string,
  topic: TopicDeclaration<K, V>,
  options: GlobalTableOptions<K, V> = {},
): GlobalTable<K, V> {
  if (topic?.kind !== 'topic') throw tableProblem(name, 'is given no topic; make one with app.topic()')
  if (options.default !== undefined && typeof options.default !== 'function') {
    throw tableProblem(name, 'has a default that is not a function; write default: () => value')
  }
  const declaration: GlobalTableDeclaration<K, V> = { kind: 'global-table', name, topic, ...options }
  const source = new GlobalSource(declaration)
  const committed = globalReader(source, declaration)
  const table: GlobalTable<K, V> = {
    ...declaration,
    committed,
    query: (key) => committed.get(key),
    queryAll: () => committed.entries(),
  }
  const parts = { handle: globalHandle(committed, declaration), connect: source.connect.bind(source) }
  Object.defineProperty(table, globalParts, { value: parts })
  return Object.freeze(table)
}

/** Where reads of a global table go from now on; undefined: the app is not running. */
export function connectGlobalTable(table: AnyGlobalTable, source: GlobalQuerySource | undefined): void {
  partsOfGlobal(table).connect(source)
}

/** The handle that consumers get, the same for all of them; throws `STREAM_DECLARATION_INVALID` for what the app did not declare. */
export function handleOfGlobal(table: AnyGlobalTable): unknown {
  return partsOfGlobal(table).handle
}

function partsOfGlobal(table: AnyGlobalTable): GlobalParts {
  const parts = (table as { readonly [globalParts]?: GlobalParts })[globalParts]
  if (parts === undefined) throw tableProblem(table.name, 'was not made by app.globalTable()')
  return parts
}
