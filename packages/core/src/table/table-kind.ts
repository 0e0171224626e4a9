import type { TableDeclaration } from '../topology/index.ts'
import type { TableQuerySource } from './row-source.ts'
import { tableProblem } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'

/** What the app and its consumers do with a table of whatever kind. */
export interface TableParts {
  /** The handle of one consumer; `scope` finds the rows of the record in hand. */
  bind(scope: TableScope<unknown, unknown>): unknown
  /** Where reads from outside go from now on; undefined: the app is not running. */
  connect(source: TableQuerySource | undefined): void
}

/** Where a declared table keeps its {@link TableParts}. */
const tableParts: unique symbol = Symbol('parts of a table')

/** A table of any kind: a declaration of rows, and in `Handle` what a consumer gets that lists it. */
export interface TableOfKind<K = unknown, V = unknown, Handle = unknown> extends TableDeclaration<K, V> {
  /** Carries the type. */
  readonly '~handle'?: Handle
}

/** Gives a declared table its parts, out of sight. */
export function giveParts(table: TableDeclaration, parts: TableParts): void {
  Object.defineProperty(table, tableParts, { value: parts })
}

/** The parts of a declared table; throws `STREAM_DECLARATION_INVALID` for what the app did not declare. */
export function partsOf(table: TableDeclaration): TableParts {
  const parts = (table as { readonly [tableParts]?: TableParts })[tableParts]
  if (parts === undefined) throw tableProblem(table.name, 'was not made by app.table() or its like')
  return parts
}
