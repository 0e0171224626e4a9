import {
  App,
  json,
  string,
  type Timed,
  type TimestampedHandle,
  type TimestampedTable,
  type VersionedHandle,
  type VersionedTable,
} from '@stream/core'
import { testDriver } from '@stream/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  checkProperty,
  judgeTable,
  propertyTimeoutMs,
  type TableKind,
  tableCourses,
} from '../../src/properties/index.ts'

const key = fc.constantFrom('own', 'x', 'xa')
/** Milliseconds after the first record's time, about where the records of a course are. */
const at = fc.oneof(fc.integer({ min: -40, max: 80 }), fc.integer({ min: 400, max: 700 }))
const startMs = 1_000_000
const graceMs = 60

const timedOp = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key, value: fc.integer({ min: 1, max: 9 }), atMs: fc.option(at) }),
  fc.record({
    do: fc.constantFrom('latest', 'interval', 'reverse', 'delete'),
    key,
    value: fc.constant(0),
    atMs: fc.option(at),
  }),
)
type TimedOp = typeof timedOp extends fc.Arbitrary<infer T> ? T : never
type Values = Map<string, { readonly timestampMs: number; readonly value: number }[]>

function timestamped(duplicates: boolean): TableKind<TimestampedHandle<string, number>, TimedOp, Values> {
  return {
    declare: (app) => app.timestampedTable('rows', { key: string(), value: json<number>(), graceMs, duplicates }),
    op: timedOp,
    async run(handle, { do: what, key: named, value, atMs }, own) {
      const key = named === 'own' ? own : named
      const timeMs = atMs === null ? undefined : startMs + atMs
      if (what === 'put') return handle.put(key, value, timeMs === undefined ? {} : { timestampMs: timeMs })
      if (what === 'latest') return handle.latest(key, timeMs === undefined ? {} : { atMs: timeMs })
      if (what === 'delete') return handle.delete(key, timeMs ?? startMs)
      return listed(
        what === 'reverse'
          ? handle.interval(key, { toMs: timeMs, reverse: true, limit: 2 })
          : handle.interval(key, { fromMs: timeMs, batchRows: 1 }),
      )
    },
    model: () => new Map(),
    expected(model, { do: what, key: named, value, atMs }, own, { eventMs, streamMs }) {
      const key = named === 'own' ? own : named
      const timeMs = atMs === null ? undefined : startMs + atMs
      const all = model.get(key) ?? []
      const kept = all.filter(({ timestampMs }) => timestampMs >= streamMs - graceMs)
      if (what === 'put') {
        const timestampMs = timeMs ?? eventMs
        if (timestampMs < streamMs - graceMs) return false
        const others = duplicates ? all : all.filter((one) => one.timestampMs !== timestampMs)
        const before = others.filter((one) => one.timestampMs <= timestampMs)
        const behind = others.filter((one) => one.timestampMs > timestampMs)
        model.set(key, [...before, { timestampMs, value }, ...behind])
        return true
      }
      if (what === 'latest') return kept.filter(({ timestampMs }) => timestampMs <= (timeMs ?? eventMs)).at(-1)
      if (what === 'delete') {
        return void model.set(
          key,
          all.filter(({ timestampMs }) => timestampMs !== (timeMs ?? startMs)),
        )
      }
      if (what === 'interval') return kept.filter(({ timestampMs }) => timestampMs >= (timeMs ?? 0))
      return kept
        .filter(({ timestampMs }) => timestampMs < (timeMs ?? Number.POSITIVE_INFINITY))
        .toReversed()
        .slice(0, 2)
    },
    async read(table) {
      const { committed } = table as unknown as TimestampedTable<string, number>
      return Promise.all(
        ['a', 'x', 'xa'].map(async (key) => [await listed(committed.interval(key)), await committed.latest(key)]),
      )
    },
    readOf: (model, { streamMs }) =>
      ['a', 'x', 'xa'].map((key) => {
        const kept = (model.get(key) ?? []).filter(({ timestampMs }) => timestampMs >= streamMs - graceMs)
        return [kept, kept.at(-1)]
      }),
  }
}

async function listed(rows: AsyncIterable<Timed<number>>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const row of rows) found.push(row)
  return found
}

it.each([false, true])(
  'values by time are those of the grace, over conflicts, failures, crashes, restarts and compaction; duplicates: %s',
  (duplicates) =>
    checkProperty(tableCourses(timedOp), (course) => judgeTable(timestamped(duplicates), course), { runs: 25 }),
  propertyTimeoutMs,
)

const versionOp = fc.oneof(
  fc.record({
    do: fc.constantFrom('put', 'put', 'delete'),
    key,
    value: fc.integer({ min: 1, max: 9 }),
    atMs: fc.option(at),
  }),
  fc.record({ do: fc.constantFrom('get', 'version'), key, value: fc.constant(0), atMs: fc.option(at) }),
)
type VersionOp = typeof versionOp extends fc.Arbitrary<infer T> ? T : never
type Versions = Map<string, Map<number, number | null>>
const historyMs = 100

/** What the versions of a key are by KIP-889, if none were ever removed. */
function versionAt(versions: Versions, key: string, asOf: number | undefined, streamMs: number): unknown {
  const all = [...(versions.get(key) ?? [])].toSorted(([one], [other]) => one - other)
  const held = all.filter(([fromMs]) => asOf === undefined || fromMs <= asOf).at(-1)
  if (held === undefined || held[1] === null) return undefined
  const next = all[all.indexOf(held) + 1]
  if (asOf !== undefined && asOf < streamMs - historyMs && next !== undefined) return undefined
  return { value: held[1], validFromMs: held[0], validToMs: next?.[0] }
}

const versioned: TableKind<VersionedHandle<string, number>, VersionOp, Versions> = {
  declare: (app) => app.versionedTable('rows', { key: string(), value: json<number>(), historyMs }),
  op: versionOp,
  async run(handle, { do: what, key: named, value, atMs }, own) {
    const key = named === 'own' ? own : named
    const write = atMs === null ? {} : { timestampMs: startMs + atMs }
    const read = atMs === null ? {} : { asOf: startMs + atMs }
    if (what === 'put') return handle.put(key, value, write)
    if (what === 'delete') return handle.delete(key, write)
    if (what === 'get') return handle.get(key, read)
    return handle.version(key, read)
  },
  model: () => new Map(),
  expected(model, { do: what, key: named, value, atMs }, own, { eventMs, streamMs }) {
    const key = named === 'own' ? own : named
    const timeMs = atMs === null ? undefined : startMs + atMs
    if (what === 'put' || what === 'delete') {
      const timestampMs = timeMs ?? eventMs
      if (timestampMs < streamMs - historyMs) return false
      const versions = model.get(key) ?? new Map<number, number | null>()
      model.set(key, versions.set(timestampMs, what === 'put' ? value : null))
      return true
    }
    const version = versionAt(model, key, timeMs, streamMs) as { readonly value: number } | undefined
    return what === 'get' ? version?.value : version
  },
  async read(table) {
    const { committed } = table as unknown as VersionedTable<string, number>
    const times = [undefined, startMs, startMs + 50, startMs + 500]
    return Promise.all(
      ['a', 'x', 'xa'].flatMap((key) =>
        times.map(async (asOf) => (await committed.version(key, asOf === undefined ? {} : { asOf })) ?? null),
      ),
    )
  },
  readOf: (model, { streamMs }) =>
    ['a', 'x', 'xa'].flatMap((key) =>
      [undefined, startMs, startMs + 50, startMs + 500].map((asOf) => versionAt(model, key, asOf, streamMs) ?? null),
    ),
}

it(
  'a version holds up to the next one, over conflicts, failures, crashes, restarts and compaction',
  () => checkProperty(tableCourses(versionOp), (course) => judgeTable(versioned, course), { runs: 40 }),
  propertyTimeoutMs,
)

it('what is too old leaves store and changelog, at the cost of what is too old, whatever key it belongs to', async () => {
  const driver = await testDriver((options) => {
    const app = new App({ id: 'app', ...options, settings: { commitIntervalMs: 20 } })
    const source = app.topic('in', { key: string(), value: json<number>(), partitions: 1 })
    const values = app.timestampedTable('values', { key: string(), value: json<number>(), graceMs: 1_000 })
    const versions = app.versionedTable('versions', { key: string(), value: json<number>(), historyMs: 1_000 })
    app.handler('put', { source, tables: { values, versions } }, async (value, event, tables) => {
      await tables.values.put(event.key, value)
      tables.versions.put(event.key, value)
      if (value === 3) tables.versions.delete(event.key, { timestampMs: event.timestamp + 1 })
    })
    return { app, source }
  })
  const input = driver.input(driver.built.source)
  const now = driver.clock.now()
  // Keys that never come again: user_1 is the beginning of user_12.
  for (let n = 0; n < 100; n++) input.send(`user_${n}`, n, { timestamp: now + n })
  for (let n = 0; n < 50; n++) input.send('user_1', n, { timestamp: now + 200 + n })
  await driver.settle()
  const rows = (table: string, tag: number): string[] => {
    const folded = new Set<string>()
    for (const { key, value } of driver.log.records(`app-${table}-changelog`, 0)) {
      const id = Buffer.from(key!).toString('latin1')
      if (value === null) folded.delete(id)
      else folded.add(id)
    }
    return [...folded].filter((id) => id.charCodeAt(0) === tag)
  }
  expect(rows('values', 0xf8)).toHaveLength(150)
  input.send('user_1', 99, { timestamp: now + 1_210 })
  await driver.settle()
  await driver.advance(200)
  // Kept: what lies in the grace, from 210 ms on.
  expect(rows('values', 0xf8)).toHaveLength(41)
  input.send('user_1', 100, { timestamp: now + 5_000 })
  await driver.settle()
  await driver.advance(200)
  expect(rows('values', 0xf8)).toHaveLength(1)
  expect(rows('values', 0xf9)).toHaveLength(1)
  // The last version of each key holds still, unless it was deleted; user_1 has one that holds and one from before its horizon.
  expect(rows('versions', 0xf8)).toHaveLength(100)
  expect(rows('versions', 0xf9)).toHaveLength(1)
  await driver.close()
})
