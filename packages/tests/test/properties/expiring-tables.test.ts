import { App, type ExpiringTable, type ExpiringTableHandle, json, string } from '@stream/core'
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
const op = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, ttlMs: fc.constantFrom(undefined, null, 1, 30, 400) }),
  fc.record({ do: fc.constantFrom('get', 'get', 'update', 'delete', 'list', 'count'), key, ttlMs: fc.constant(null) }),
)
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never
interface Row {
  readonly value: number
  readonly expiresMs: number
}
const defaultTtlMs = 50

const expiring: TableKind<ExpiringTableHandle<string, number>, Op, Map<string, Row>> = {
  declare: (app) => app.table('rows', { key: string(), value: json<number>(), ttl: { afterMs: defaultTtlMs } }),
  op,
  async run(handle, { do: what, key: named, ttlMs }, own) {
    const key = named === 'own' ? own : named
    if (what === 'set') return handle.set(key, 1, ttlMs === undefined ? {} : { ttlMs })
    if (what === 'get') return handle.get(key)
    if (what === 'update') return handle.update(key, (value) => (value ?? 0) + 1)
    if (what === 'delete') return handle.delete(key)
    if (what === 'count') return handle.count()
    const found: string[] = []
    for await (const [one, value] of handle.range({ gte: key, batchRows: 1 })) found.push(`${one}=${value}`)
    return found
  },
  model: () => new Map(),
  expected(model, { do: what, key: named, ttlMs }, own, { eventMs, streamMs }) {
    const key = named === 'own' ? own : named
    const live = [...model].filter(([, { expiresMs }]) => expiresMs > streamMs)
    const value = new Map(live).get(key)?.value
    if (what === 'set') {
      const lifeMs = ttlMs === undefined ? defaultTtlMs : (ttlMs ?? Number.POSITIVE_INFINITY)
      return void model.set(key, { value: 1, expiresMs: eventMs + lifeMs })
    }
    if (what === 'get') return value
    if (what === 'update') {
      model.set(key, { value: (value ?? 0) + 1, expiresMs: eventMs + defaultTtlMs })
      return (value ?? 0) + 1
    }
    if (what === 'delete') return void model.delete(key)
    if (what === 'count') return live.length
    return live
      .filter(([one]) => one >= key)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([one, row]) => `${one}=${row.value}`)
  },
  async read(table) {
    const { committed } = table as unknown as ExpiringTable<string, number>
    const found: unknown[] = []
    for await (const entry of committed.entries()) found.push(entry)
    return { found, x: await committed.get('x'), count: await committed.count() }
  },
  readOf(model, { streamMs }) {
    const live = [...model].filter(([, { expiresMs }]) => expiresMs > streamMs)
    const found = live.map(([key, { value }]) => [key, value] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return { found, x: new Map(found).get('x'), count: live.length }
  },
}

it(
  'rows that have expired are not there, over conflicts, failures, crashes, restarts and compaction',
  () => checkProperty(tableCourses(op), (course) => judgeTable(expiring, course), { runs: 40 }),
  propertyTimeoutMs,
)

it.each(['event', 'wall'] as const)(
  'what has expired by %s time leaves the changelog too, in the cuts that follow, and what was written again stays',
  async (clock) => {
    const driver = await testDriver((options) => {
      const app = new App({ id: 'app', ...options, settings: { commitIntervalMs: 20 } })
      const source = app.topic('in', { key: string(), value: json<number>(), partitions: 1 })
      const rows = app.table('rows', { key: string(), value: json<number>(), ttl: { clock, afterMs: 1_000 } })
      app.handler('set', { source, tables: { rows } }, (value, event, tables) => tables.rows.set(event.key, value))
      return { app, source, rows }
    })
    const { source, rows } = driver.built
    const many = Array.from({ length: 5_000 }, (_, n) => ({ key: `k${n}`, value: n }))
    driver.input(source).sendAll(many)
    await driver.settle()
    const left = (): string[] => {
      const folded = new Map<string, unknown>()
      for (const { key, value } of driver.log.records('app-rows-changelog', 0)) {
        if (value === null) folded.delete(Buffer.from(key!).toString('latin1'))
        else folded.set(Buffer.from(key!).toString('latin1'), value)
      }
      return [...folded.keys()].filter((id) => id.charCodeAt(0) !== 0xff)
    }
    expect(left()).toHaveLength(10_000)
    await driver.advance(600)
    driver.input(source).send('k7', 70)
    await driver.settle()
    await driver.advance(500)
    // A later record, whose time is what event time goes by.
    driver.input(source).send('late', 1)
    await driver.settle()
    expect(await driver.run(rows.query('k6'))).toBeUndefined()
    expect(await driver.run(rows.query('k7'))).toBe(70)
    await driver.advance(300)
    const ids = left()
    expect(ids.filter((id) => id.charCodeAt(0) === 0xf8).toSorted()).toEqual(['\xf8k7', '\xf8late'])
    expect(ids.length).toBeLessThanOrEqual(5)
    expect(await driver.run(rows.committed.count())).toBe(2)
    await driver.close()
  },
)
