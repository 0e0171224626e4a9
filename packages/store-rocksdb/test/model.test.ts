import type { RowWrite, Store, StorePartition } from '@stream/core/adapter'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { at, startedStore, temporaryDirectory } from './place.ts'

/** Few different bytes, and lengths around those of reused keys. */
const key = fc.oneof(
  fc.uint8Array({ maxLength: 3, max: 3 }),
  fc
    .record({ length: fc.constantFrom(251, 252, 253, 300), byte: fc.nat(2) })
    .map(({ length, byte }) => new Uint8Array(length).fill(byte)),
)
const value = fc.option(fc.uint8Array({ maxLength: 6 }), { nil: null, freq: 3 })
const partition = fc.nat(2)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      rows: fc.array(fc.tuple(partition, key, value), { maxLength: 20 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('range' as const),
      partition,
      gte: fc.option(key, { nil: undefined }),
      lt: fc.option(key, { nil: undefined }),
      reverse: fc.boolean(),
      limit: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), partition }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

it('three partitions answer as sorted maps do, over writes, ranges, destructions and restarts', async () => {
  const path = temporaryDirectory()
  let tables = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const table = `t${tables++}`
      let store: Store = await startedStore({ path })
      const open = (): Promise<StorePartition[]> =>
        Promise.all([0, 1, 2].map((number) => store.open({ table, partition: number })))
      let partitions = await open()
      const models = [0, 1, 2].map(() => new Map<string, string>())
      const positions: (number | undefined)[] = [undefined, undefined, undefined]
      for (const [time, taken] of steps.entries()) {
        if (taken.kind === 'write') {
          const rows: RowWrite[][] = [[], [], []]
          for (const [number, rowKey, rowValue] of taken.rows) {
            rows[number]!.push([rowKey, rowValue])
            if (rowValue === null) models[number]!.delete(hex(rowKey))
            else models[number]!.set(hex(rowKey), hex(rowValue))
          }
          await store.apply(rows.map((of, n) => ({ partition: partitions[n]!, rows: of, position: at(time) })))
          positions.fill(time)
        } else if (taken.kind === 'range') {
          const { gte, lt, reverse, limit } = taken
          const asked = { ...(gte && { gte }), ...(lt && { lt }), reverse }
          const found = await partitions[taken.partition]!.range!(asked, limit)
          const expected = [...models[taken.partition]!]
            .filter(([at]) => (gte === undefined || at >= hex(gte)) && (lt === undefined || at < hex(lt)))
            .sort(([a], [b]) => (a < b ? -1 : 1))
          if (reverse) expected.reverse()
          expect(found.map(([k, v]) => [hex(k), hex(v)])).toEqual(expected.slice(0, limit))
        } else if (taken.kind === 'destroy') {
          const number = taken.partition
          await partitions[number]!.destroy()
          partitions[number] = await store.open({ table, partition: number })
          models[number]!.clear()
          positions[number] = undefined
        } else {
          await store.close()
          store = await startedStore({ path })
          partitions = await open()
        }
        expect(partitions.map(({ position }) => position?.changelogOffset)).toEqual(positions)
      }
      for (const [number, model] of models.entries()) {
        const keys = [...model.keys()].map((text) => Buffer.from(text, 'hex'))
        const values = await partitions[number]!.getMany(keys)
        expect(values.map((found) => hex(found!))).toEqual([...model.values()])
        expect(await partitions[number]!.count()).toEqual({ rows: model.size, exact: true })
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
}, 60_000)

it('a partition that is twice in one call, its first, has the rows of both writes and the later position', async () => {
  const path = temporaryDirectory()
  const store = await startedStore({ path })
  const twice = await store.open({ table: 't', partition: 0 })
  const other = await store.open({ table: 't', partition: 1 })
  const row = (text: string): RowWrite => [Buffer.from(text), Buffer.from(text)]
  await store.apply([
    { partition: twice, rows: [row('a'), row('b')], position: at(1) },
    { partition: other, rows: [row('c')], position: at(2) },
    { partition: twice, rows: [row('d'), [Buffer.from('a'), null]], position: at(3) },
  ])
  await store.close()
  const again = await (await startedStore({ path })).open({ table: 't', partition: 0 })
  expect((await again.range!({}, 10)).map(([found]) => Buffer.from(found).toString())).toEqual(['b', 'd'])
  expect(again.position).toEqual(at(3))
})

it('bytes that were given or handed out are nobody else’s', async () => {
  const store = await startedStore({ path: temporaryDirectory() })
  const rows = await store.open({ table: 't', partition: 0 })
  const [rowKey, rowValue] = [Buffer.from('key'), Buffer.from('value')]
  await store.apply([{ partition: rows, rows: [[rowKey, rowValue]], position: at(1) }])
  rowKey.fill(0)
  rowValue.fill(0)
  const read = async (): Promise<Uint8Array[]> => [
    (await rows.get(Buffer.from('key')))!,
    (await rows.getMany([Buffer.from('key')]))[0]!,
    ...(await rows.range!({}, 1)).flat().slice(1),
  ]
  for (const found of await read()) {
    expect(Buffer.from(found).toString()).toBe('value')
    found.fill(0)
  }
  for (const found of await read()) expect(Buffer.from(found).toString()).toBe('value')
  const [[foundKey]] = (await rows.range!({}, 1)) as [[Uint8Array, Uint8Array]]
  foundKey.fill(0)
  expect(Buffer.from((await rows.range!({}, 1))[0]![0]).toString()).toBe('key')
})
