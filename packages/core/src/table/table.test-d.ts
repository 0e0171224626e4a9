import { expectTypeOf } from 'vitest'
import { json, string } from '../serde/index.ts'
import { declareTopic, type TableDeclaration } from '../topology/index.ts'
import { declareExpiringTable } from './declare-expiring-table.ts'
import { declareGlobalTable } from './declare-global-table.ts'
import { declareSetTable } from './declare-set-table.ts'
import { declareTable } from './declare-table.ts'
import { declareTimestampedTable, declareVersionedTable } from './declare-timed-tables.ts'
import type { ExpiringTable, ExpiringTableHandle } from './expiring-table.ts'
import type { GlobalTable } from './global-table.ts'
import type { SetHandle, SetTable } from './set-table.ts'
import type { Table } from './table.ts'
import type { TableHandle, TableReader } from './table-handle.ts'
import type { TableHandles } from './table-handles.ts'
import type {
  Timed,
  TimestampedHandle,
  TimestampedTable,
  Version,
  VersionedHandle,
  VersionedTable,
} from './timed-table.ts'

interface Delay {
  flights: number
  minutes: number
}

const key = string()
const value = json<Delay>()
const delays = declareTable('app', 'delays', { key, value, default: () => ({ flights: 0, minutes: 0 }) })
const sparse = declareTable('app', 'sparse', { key, value })

expectTypeOf(delays).toEqualTypeOf<Table<string, Delay, Delay>>()
expectTypeOf(sparse).toEqualTypeOf<Table<string, Delay>>()
expectTypeOf(delays).toExtend<TableDeclaration>()
expectTypeOf(delays.query('a')).toEqualTypeOf<Promise<Readonly<Delay>>>()
expectTypeOf(sparse.query('a')).toEqualTypeOf<Promise<Readonly<Delay> | undefined>>()

// @ts-expect-error the default is a value of the table
declareTable('app', 'wrong', { key, value, default: () => ({ flights: 'none' }) })
// @ts-expect-error keys have the key's type
void delays.query(7)

type Handles = TableHandles<{ readonly delays: typeof delays; readonly sparse: typeof sparse }>
expectTypeOf<Handles['delays']>().toEqualTypeOf<TableHandle<string, Delay, Delay>>()
expectTypeOf<Handles['sparse']>().toEqualTypeOf<TableHandle<string, Delay, Delay | undefined>>()

declare const handles: Handles
expectTypeOf(handles.delays.get('a')).toEqualTypeOf<Promise<Readonly<Delay>>>()
expectTypeOf(handles.sparse.get('a')).toEqualTypeOf<Promise<Readonly<Delay> | undefined>>()
expectTypeOf(handles.delays.getMany(['a'])).toEqualTypeOf<Promise<readonly Readonly<Delay>[]>>()
expectTypeOf(handles.delays.update('a', (delay) => ({ ...delay, flights: delay.flights + 1 }))).toEqualTypeOf<
  Promise<Delay>
>()
expectTypeOf(handles.sparse.update('a', async (delay) => delay ?? { flights: 1, minutes: 0 })).toEqualTypeOf<
  Promise<Delay>
>()
// @ts-expect-error what is there may be nothing
void handles.sparse.update('a', (delay) => ({ ...delay, flights: delay.flights + 1 }))
// @ts-expect-error an update gives a value
void handles.delays.update('a', () => undefined)
// @ts-expect-error values handed out are not changed in place
void handles.delays.update('a', (delay) => Object.assign(delay, { flights: (delay.flights += 1) }))
// @ts-expect-error the value has the table's type
handles.delays.set('a', { flights: 1 })

const members = declareSetTable('app', 'members', { key: string(), member: json<{ id: number }>() })
expectTypeOf(members).toEqualTypeOf<SetTable<string, { id: number }>>()
type SetHandles = TableHandles<{ readonly members: typeof members }>
expectTypeOf<SetHandles['members']>().toEqualTypeOf<SetHandle<string, { id: number }>>()
declare const sets: SetHandles
expectTypeOf(sets.members.members('a')).toEqualTypeOf<AsyncIterableIterator<{ id: number }>>()
expectTypeOf(members.committed.size('a')).toEqualTypeOf<Promise<number>>()
// @ts-expect-error members have the member's type
sets.members.add('a', 7)
// @ts-expect-error what is committed is only read
members.committed.add('a', { id: 1 })

expectTypeOf(handles.delays.range({ gte: 'a', reverse: true })).toEqualTypeOf<
  AsyncIterableIterator<readonly [string, Readonly<Delay>]>
>()
expectTypeOf(delays.committed.get('a')).toEqualTypeOf<Promise<Readonly<Delay>>>()
expectTypeOf(sparse.committed.getMany(['a'])).toEqualTypeOf<Promise<readonly (Readonly<Delay> | undefined)[]>>()
// @ts-expect-error bounds are keys
void handles.delays.range({ gte: 7 })

const sessions = declareExpiringTable('app', 'sessions', { key, value, ttl: { clock: 'wall', afterMs: 60_000 } })
expectTypeOf(sessions).toEqualTypeOf<ExpiringTable<string, Delay>>()
const counted = declareExpiringTable('app', 'counted', {
  key,
  value,
  ttl: {},
  default: () => ({ flights: 0, minutes: 0 }),
})
expectTypeOf(counted.query('a')).toEqualTypeOf<Promise<Readonly<Delay>>>()
declare const expiring: TableHandles<{ readonly sessions: typeof sessions; readonly counted: typeof counted }>
expectTypeOf(expiring.sessions).toEqualTypeOf<ExpiringTableHandle<string, Delay>>()
expectTypeOf(expiring.counted.get('a')).toEqualTypeOf<Promise<Readonly<Delay>>>()
expiring.sessions.set('a', { flights: 1, minutes: 1 }, { ttlMs: null })
// @ts-expect-error only rows of a table with a ttl go by themselves
handles.delays.set('a', { flights: 1, minutes: 1 }, { ttlMs: 5 })
// @ts-expect-error a clock is 'event' or 'wall'
declareExpiringTable('app', 'wrong', { key, value, ttl: { clock: 'sun' } })

const prices = declareTimestampedTable('app', 'prices', { key, value, graceMs: 1_000 })
const rates = declareVersionedTable('app', 'rates', { key, value, historyMs: 1_000 })
expectTypeOf(prices).toEqualTypeOf<TimestampedTable<string, Delay>>()
expectTypeOf(rates).toEqualTypeOf<VersionedTable<string, Delay>>()
declare const timed: TableHandles<{ readonly prices: typeof prices; readonly rates: typeof rates }>
expectTypeOf(timed.prices).toEqualTypeOf<TimestampedHandle<string, Delay>>()
expectTypeOf(timed.rates).toEqualTypeOf<VersionedHandle<string, Delay>>()
expectTypeOf(timed.prices.latest('a')).toEqualTypeOf<Promise<Timed<Delay> | undefined>>()
expectTypeOf(timed.rates.get('a', { asOf: 5 })).toEqualTypeOf<Promise<Readonly<Delay> | undefined>>()
expectTypeOf(rates.committed.version('a')).toEqualTypeOf<Promise<Version<Delay> | undefined>>()
// @ts-expect-error how long values are kept has to be said
declareTimestampedTable('app', 'wrong', { key, value })
// @ts-expect-error null is no value; delete() ends one
timed.rates.put('a', null)

const fares = declareGlobalTable('fares', declareTopic('fares', { key, value }))
expectTypeOf(fares).toEqualTypeOf<GlobalTable<string, Delay>>()
expectTypeOf(fares.query('a')).toEqualTypeOf<Promise<Readonly<Delay> | undefined>>()
expectTypeOf<TableHandles<{ fares: typeof fares }>['fares']>().toEqualTypeOf<TableReader<string, Delay>>()
// @ts-expect-error a global table is read-only
export type WriteOfFares = TableHandles<{ fares: typeof fares }>['fares']['set']
