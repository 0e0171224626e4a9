import type { Serde } from '../serde/index.ts'
import type { RowExpiry, ScopedTable, TableDeclaration } from '../topology/index.ts'
import { BoundTable } from './bound-table.ts'
import { durationProblem, whatIsWrong } from './check-options.ts'
import { CommittedTable } from './committed-table.ts'
import { rowsDeclaration } from './declare-table.ts'
import { sweepDue } from './due-rows.ts'
import {
  type ExpiringKey,
  type ExpiringValue,
  expiringKeySerde,
  expiringValueSerde,
  keyOfExpiring,
} from './expiring-rows.ts'
import type {
  ExpiringTable,
  ExpiringTableHandle,
  ExpiringTableOptions,
  ExpiringTableOptionsWithDefault,
} from './expiring-table.ts'
import { LiveScope, LiveSource, type Ttl } from './live-table.ts'
import { CommittedSource } from './row-source.ts'
import { giveParts } from './table-kind.ts'
import { tableProblem } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'

/**
 * A table whose rows go by themselves. What is wrong with its name or partition count is reported when the topology is built, with
 * everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options a table cannot be made of.
 */
export function declareExpiringTable<K, V>(
  appId: string,
  name: string,
  options: ExpiringTableOptionsWithDefault<K, V>,
): ExpiringTable<K, V, V>
export function declareExpiringTable<K, V>(
  appId: string,
  name: string,
  options: ExpiringTableOptions<K, V>,
): ExpiringTable<K, V>
export function declareExpiringTable<K, V>(
  appId: string,
  name: string,
  options: ExpiringTableOptions<K, V>,
): ExpiringTable<K, V> {
  const problem = whatIsWrong({ ...options }) ?? whatIsWrongInTtl(options.ttl)
  if (problem !== undefined) throw tableProblem(name, problem)
  const ttl: Ttl = { clock: 'event', ...options.ttl }
  const key = expiringKeySerde(options.key)
  const declaration: TableDeclaration<ExpiringKey<K>, ExpiringValue<V>> = {
    ...rowsDeclaration(appId, name, { ...options, key, value: expiringValueSerde(options.value) }),
    placedBy: keyOfExpiring,
    needsOrder: true,
    expiry: expiryOf(key, ttl),
  }
  const source = new CommittedSource(declaration)
  const format = { name, key: options.key, ...(options.default === undefined ? {} : { default: options.default }) }
  const committed = new CommittedTable(new LiveSource(source, ttl), format)
  const table: ExpiringTable<K, V> = {
    ...declaration,
    committed,
    query: (wanted) => committed.get(wanted),
    queryAll: () => committed.entries(),
  }
  giveParts(table, {
    bind: (scope) => {
      // The scope is the one of this very declaration.
      const live = new LiveScope(scope as TableScope<ExpiringKey<K>, ExpiringValue<V>>, ttl, name)
      return expiringHandle(new BoundTable(live, format), live)
    },
    connect: (queries) => source.connect(queries),
  })
  return Object.freeze(table)
}

/** The handle of a plain table, but for writes that say how long they last. */
function expiringHandle<K, V>(handle: BoundTable<K, V>, live: LiveScope<K, V>): ExpiringTableHandle<K, V> {
  return {
    get: (key) => handle.get(key),
    getMany: (keys) => handle.getMany(keys),
    has: (key) => handle.has(key),
    range: (range) => handle.range(range),
    prefix: (prefix, options) => handle.prefix(prefix, options),
    entries: () => handle.entries(),
    keys: () => handle.keys(),
    count: () => handle.count(),
    approximateCount: () => handle.approximateCount(),
    set: (key, value, options) => live.scoped().set(key, value, options),
    update: (key, change) => handle.update(key, change),
    delete: (key) => handle.delete(key),
  }
}

function whatIsWrongInTtl(ttl: Partial<Ttl> | undefined): string | undefined {
  if (typeof ttl !== 'object' || ttl === null) return 'has a ttl that is no object; write ttl: { afterMs: 60_000 }'
  const { clock, afterMs } = ttl
  if (clock !== undefined && clock !== 'event' && clock !== 'wall') {
    return `has ttl.clock ${String(clock)}; it is 'event' or 'wall'`
  }
  return afterMs === undefined ? undefined : durationProblem('ttl.afterMs', afterMs)
}

function expiryOf<K>(key: Serde<ExpiringKey<K>>, { clock }: Ttl): RowExpiry {
  return {
    clock,
    sweep: (sweeper, nowMs, limit) =>
      sweepDue<ExpiringKey<K>>(sweeper, nowMs, limit, {
        bytesOf: (due) => key.serialize(due),
        expire: (rows, due) => expire(rows as ScopedTable<ExpiringKey<K>, ExpiringValue<unknown>>, due, nowMs),
      }),
  }
}

/** The row may have been written again since, to last longer; then another row tells when it is due. */
async function expire<K>(
  rows: ScopedTable<ExpiringKey<K>, ExpiringValue<unknown>>,
  due: ExpiringKey<K>,
  nowMs: number,
): Promise<number> {
  const [key] = due
  const row = await rows.get([key])
  const isOver = row !== undefined && row !== true && row.expiresMs !== undefined && row.expiresMs <= nowMs
  if (isOver) rows.delete([key])
  rows.delete(due)
  return isOver ? 2 : 1
}
