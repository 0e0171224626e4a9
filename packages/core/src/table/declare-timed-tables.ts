import type { Serde } from '../serde/index.ts'
import type { RowSweeper, ScopedTable, TableDeclaration } from '../topology/index.ts'
import { durationProblem, whatIsWrong } from './check-options.ts'
import { rowsDeclaration } from './declare-table.ts'
import { sweepDue } from './due-rows.ts'
import { rowPrefix } from './row-key.ts'
import { CommittedSource, ScopeSource } from './row-source.ts'
import { giveParts } from './table-kind.ts'
import { tableProblem } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'
import { keyOfTimed, type TimedKey, type TimedRow, timedKeySerde, timedRowSerde } from './timed-key.ts'
import type {
  TimedTableOptions,
  TimestampedTable,
  TimestampedTableOptions,
  VersionedTable,
  VersionedTableOptions,
} from './timed-table.ts'
import { BoundTimestamped, deleteWithin, TimestampedReads } from './timestamped-rows.ts'
import { BoundVersioned, firstOf, VersionedReads } from './versioned-rows.ts'

/**
 * A table of values by time. What is wrong with its name or partition count is reported when the topology is built, with everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options a table cannot be made of.
 */
export function declareTimestampedTable<K, V>(
  appId: string,
  name: string,
  options: TimestampedTableOptions<K, V>,
): TimestampedTable<K, V> {
  const problem = whatIsWrong({ ...options }) ?? durationProblem('graceMs', options.graceMs)
  if (problem !== undefined) throw tableProblem(name, problem)
  const { graceMs, duplicates = false } = options
  const format = { table: name, key: options.key, graceMs, duplicates }
  const declaration = timedDeclaration(appId, name, 'timestamped', options, async (rows, [key], nowMs, limit) =>
    deleteWithin(rows, rowPrefix(options.key.serialize(key)), { toMs: Math.max(0, nowMs - graceMs) }, limit),
  )
  const source = new CommittedSource(declaration)
  const table: TimestampedTable<K, V> = { ...declaration, committed: new TimestampedReads(format, source) }
  giveParts(table, {
    bind: (scope) => {
      // The scope is the one of this very declaration.
      const own = scope as TableScope<TimedKey<K>, TimedRow<V>>
      return new BoundTimestamped(format, own, new ScopeSource(own))
    },
    connect: (queries) => source.connect(queries),
  })
  return Object.freeze(table)
}

/**
 * A versioned table. What is wrong with its name or partition count is reported when the topology is built, with everything else.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options a table cannot be made of.
 */
export function declareVersionedTable<K, V>(
  appId: string,
  name: string,
  options: VersionedTableOptions<K, V>,
): VersionedTable<K, V> {
  const problem = whatIsWrong({ ...options }) ?? durationProblem('historyMs', options.historyMs)
  if (problem !== undefined) throw tableProblem(name, problem)
  const { historyMs } = options
  const format = { table: name, key: options.key, historyMs }
  const declaration = timedDeclaration(appId, name, 'versioned', options, async (rows, [key], nowMs, limit) => {
    const prefix = rowPrefix(options.key.serialize(key))
    // What held at the horizon is still needed; what was replaced before it is not.
    const held = await firstOf(rows, prefix, { toMs: Math.max(0, nowMs - historyMs) + 1, reverse: true })
    if (held === undefined) return 0
    const [row, { value }] = held as [TimedKey<K>, { readonly value: V | null }]
    const deleted = await deleteWithin(rows, prefix, { toMs: row[1] }, limit)
    if (deleted < limit && value === null) rows.delete(row)
    return deleted
  })
  const source = new CommittedSource(declaration)
  const table: VersionedTable<K, V> = { ...declaration, committed: new VersionedReads(format, source) }
  giveParts(table, {
    bind: (scope) => {
      // The scope is the one of this very declaration.
      const own = scope as TableScope<TimedKey<K>, TimedRow<V>>
      return new BoundVersioned(format, own, new ScopeSource(own))
    },
    connect: (queries) => source.connect(queries),
  })
  return Object.freeze(table)
}

/** Deletes what has expired of a key's rows, at most `limit` of them, and answers how many they were. */
type ExpireKey<K, V> = (
  rows: ScopedTable<TimedKey<K>, TimedRow<V>>,
  due: TimedKey<K>,
  nowMs: number,
  limit: number,
) => Promise<number>

function timedDeclaration<K, V>(
  appId: string,
  name: string,
  kind: string,
  options: TimedTableOptions<K, V>,
  expireKey: ExpireKey<K, V>,
): TableDeclaration<TimedKey<K>, TimedRow<V>> {
  const key = timedKeySerde(kind, options.key)
  return {
    ...rowsDeclaration(appId, name, { ...options, key, value: timedRowSerde(options.value) }),
    placedBy: keyOfTimed,
    needsOrder: true,
    expiry: { clock: 'event', sweep: (sweeper, nowMs, limit) => sweep(key, expireKey, sweeper, nowMs, limit) },
  }
}

function sweep<K, V>(
  key: Serde<TimedKey<K>>,
  expireKey: ExpireKey<K, V>,
  sweeper: RowSweeper,
  nowMs: number,
  limit: number,
): Promise<number> {
  return sweepDue<TimedKey<K>>(sweeper, nowMs, limit, {
    bytesOf: (due) => key.serialize(due),
    expire: async (untyped, due, most) => {
      const rows = untyped as ScopedTable<TimedKey<K>, TimedRow<V>>
      const deleted = await expireKey(rows, due, nowMs, most)
      // With more left than a cut may take, the next one meets it again.
      if (deleted < most) rows.delete(due)
      return deleted
    },
  })
}
