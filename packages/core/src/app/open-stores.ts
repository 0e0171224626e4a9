import { resolveAdapter, type StoreAdapter, type TransportAdapter } from '../config/index.ts'
import { StreamError } from '../errors/index.ts'
import { storedAs } from '../runtime/index.ts'
import type { Store, StoreContext, StoreTable } from '../store/index.ts'
import type { GlobalTableDeclaration, TableDeclaration } from '../topology/index.ts'
import { absentStore } from './absent-store.ts'
import type { OpenParts } from './open-parts.ts'

/** What {@link openStores} opens. */
export interface StoreRequest {
  /** The app's own. */
  readonly store: Store | string | undefined
  readonly tables: readonly TableDeclaration[]
  readonly globalTables: readonly GlobalTableDeclaration[]
  readonly adapters: readonly (TransportAdapter | StoreAdapter)[]
  readonly context: Omit<StoreContext, 'tables'>
}

/**
 * Asked before anything is opened.
 *
 * @throws STREAM_CONFIG_INVALID where a table has no store
 */
export function requireStore(
  appId: string,
  store: Store | string | undefined,
  tables: readonly (TableDeclaration | GlobalTableDeclaration)[],
): void {
  const homeless = tables.filter((table) => table.store === undefined)
  if (store === undefined && homeless.length > 0) throw storeMissing(appId, homeless)
}

/**
 * Starts the app's store and those that tables brought along, each once. Answers with the app's.
 *
 * @throws what `resolveAdapter` and the stores throw; STREAM_NOT_SUPPORTED where a table needs an order that its store does not keep
 */
export async function openStores(request: StoreRequest, parts: OpenParts): Promise<Store> {
  const { store, tables, globalTables, adapters, context } = request
  const own = store === undefined ? absentStore : await resolveAdapter({ kind: 'store', value: store, adapters })
  const all = new Map<Store, StoreTable[]>([[own, []]])
  for (const table of tables) {
    const one = table.store === undefined ? own : await resolveAdapter({ kind: 'store', value: table.store, adapters })
    const known = all.get(one) ?? []
    all.set(one, known)
    if (table.needsOrder === true && !one.supports.ordered) throw orderMissing(table, one)
    known.push({ table: table.changelog.name, format: `${table.key.name}, ${table.value.name}` })
  }
  for (const table of globalTables) {
    const one = table.store === undefined ? own : await resolveAdapter({ kind: 'store', value: table.store, adapters })
    const known = all.get(one) ?? []
    all.set(one, known)
    if (one.supports.shared) throw sharedStore(table, one)
    const { key, value } = table.topic
    known.push({ table: storedAs(context.appId, table), format: `${key.name}, ${value.name}` })
  }
  for (const [one, known] of all) {
    parts.add(`The store ${one.name}`, () => one.close())
    await one.start({ ...context, tables: known })
  }
  return own
}

function orderMissing({ name }: TableDeclaration, store: Store): StreamError {
  return new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `table "${name}" finds its rows by their order, and the store ${store.name} keeps none; give the table an ordered store of its own, as in store: rocksdb()`,
    place: { table: name },
  })
}

function sharedStore({ name }: GlobalTableDeclaration, store: Store): StreamError {
  return new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `every worker has the global table "${name}" for itself, and the store ${store.name} has one place for all of them; give the table a store of the worker's own, as in store: memory()`,
    place: { table: name },
  })
}

function storeMissing(app: string, tables: readonly (TableDeclaration | GlobalTableDeclaration)[]): StreamError {
  const names = tables.map(({ name }) => `"${name}"`).join(', ')
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `app ${app} has ${tables.length === 1 ? 'the table' : 'the tables'} ${names}, and no \`store\` to keep rows in; run \`npm install @stream/store-memory\` and give \`store: memory()\`, or set STREAM_STORE=memory://`,
    place: { app, setting: 'store', table: tables[0]!.name },
  })
}
