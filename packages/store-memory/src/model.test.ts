import type { Row, RowWrite, StorePartition, StorePosition } from '@stream/core/adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memory } from './index.ts'

const context = { appId: 'test', log: () => undefined }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** Few different bytes, so that keys meet each other and prefixes of each other. */
const keys = fc
  .uint8Array({ maxLength: 4 })
  .map((bytes) => bytes.map((byte) => [0, 1, 127, 128, 255][byte % 5] as number))
const range = fc.record(
  { gte: keys, lt: keys, reverse: fc.boolean(), limit: fc.integer({ min: 0, max: 40 }) },
  { requiredKeys: ['limit'] },
)
type Step =
  | { kind: 'write'; rows: [Uint8Array, Uint8Array | null][] }
  | ({ kind: 'range' } & RangeStep)
  | { kind: 'reopen' }
type RangeStep = { gte?: Uint8Array; lt?: Uint8Array; reverse?: boolean; limit: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.tuple(keys, fc.option(fc.uint8Array({ maxLength: 2 }))), { maxLength: 30 })
      .map((rows) => ({ kind: 'write' as const, rows })),
  },
  { weight: 4, arbitrary: range.map((asked) => ({ kind: 'range' as const, ...asked }) as Step) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

/** Hexadecimal text sorts as the bytes do. */
function expectedRange(model: Map<string, string>, asked: RangeStep): string[][] {
  const rows = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([key]) => inside(key, asked))
  if (asked.reverse) rows.reverse()
  return rows.slice(0, asked.limit)
}

function inside(key: string, asked: RangeStep): boolean {
  return (asked.gte === undefined || key >= hex(asked.gte)) && (asked.lt === undefined || key < hex(asked.lt))
}

async function actualRange(partition: StorePartition, { limit, ...bounds }: RangeStep): Promise<string[][]> {
  const rows: readonly Row[] = await partition.range!(bounds, limit)
  return rows.map((row) => row.map(hex))
}

/** Numbers below the one asked for, the same ones for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => (state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff) % below
}

describe('the memory store and a plain sorted map', () => {
  it('answer alike after any sequence of writes, ranges and reopenings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const store = memory()
        await store.start(context)
        let partition = await store.open({ table: 't', partition: 0 })
        const model = new Map<string, string>()
        let position: StorePosition | undefined
        for (const [at, taken] of steps.entries()) {
          if (taken.kind === 'write') {
            position = { changelogOffset: at, writtenAtMs: at }
            store.apply([{ partition, rows: taken.rows, position }])
            for (const [key, value] of taken.rows) {
              if (value === null) model.delete(hex(key))
              else model.set(hex(key), hex(value))
            }
          } else if (taken.kind === 'range') {
            expect(await actualRange(partition, taken)).toEqual(expectedRange(model, taken))
          } else {
            await partition.close()
            partition = await store.open({ table: 't', partition: 0 })
          }
          expect(partition.position).toEqual(position)
          expect(partition.count()).toEqual({ rows: model.size, exact: true })
        }
        for (const [key, value] of model) expect(hex(partition.get(unhex(key)) as Uint8Array)).toBe(value)
        expect(await actualRange(partition, { limit: 1e9 })).toEqual(expectedRange(model, { limit: 1e9 }))
      }),
      { numRuns: 150 },
    )
  })

  it('answer alike over many chunks of keys, while keys come and go between ranges', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 0x7fffffff }), async (seed) => {
        const next = numbersFrom(seed)
        const keyOf = (n: number): Uint8Array => new Uint8Array([n >> 16, n >> 8, n])
        const store = memory()
        const partition = await store.open({ table: 't', partition: 0 })
        const model = new Map<string, string>()
        for (let round = 0; round < 12; round++) {
          const rows: RowWrite[] = []
          for (let i = 0; i < (round === 0 ? 6000 : 1200); i++) {
            // Rounds crowd different parts of the key space, so that chunks split and vanish.
            const key = keyOf(round % 3 === 0 ? next(20_000) : 4000 + next(1500))
            const value = round % 3 === 2 || next(10) < 2 ? null : new Uint8Array([round, i & 255])
            rows.push([key, value])
            if (value === null) model.delete(hex(key))
            else model.set(hex(key), hex(value))
          }
          store.apply([{ partition, rows, position: { changelogOffset: round, writtenAtMs: 0 } }])
          for (const reverse of [false, true]) {
            const asked = { gte: keyOf(next(5000)), lt: keyOf(3000 + next(17_000)), reverse, limit: 3000 }
            expect(await actualRange(partition, asked)).toEqual(expectedRange(model, asked))
          }
        }
        expect(await actualRange(partition, { limit: 1e9 })).toEqual(expectedRange(model, { limit: 1e9 }))
        expect(partition.count()).toEqual({ rows: model.size, exact: true })
      }),
      { numRuns: 3 },
    )
  })

  it('answer alike through long histories of rows that grow, shrink, go and come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 0x7fffffff }), async (seed) => {
        const next = numbersFrom(seed)
        const store = memory()
        let partition = await store.open({ table: 't', partition: 0 })
        const model = new Map<string, string>()
        const sizes = [0, 3, 30, 200, 2000, 70_000]
        for (let round = 0; round < 60; round++) {
          const rows: RowWrite[] = []
          for (let i = 0; i < 100; i++) {
            const key = Buffer.from(`key-${next(400)}`)
            // Most sizes are small, and now and then most rows go.
            const size = sizes[Math.min(next(6), next(6), next(6))] as number
            const value = next(10) < (round % 20 > 15 ? 8 : 2) ? null : new Uint8Array(size + next(20)).fill(next(256))
            rows.push([key, value])
            if (value === null) model.delete(hex(key))
            else model.set(hex(key), hex(value))
          }
          store.apply([{ partition, rows, position: { changelogOffset: round, writtenAtMs: 0 } }])
          if (round % 7 === 0)
            expect(await actualRange(partition, { limit: 50 })).toEqual(expectedRange(model, { limit: 50 }))
          if (round % 13 === 0) {
            await partition.close()
            partition = await store.open({ table: 't', partition: 0 })
          }
          const key = Buffer.from(`key-${next(400)}`)
          const value = await partition.get(key)
          expect(value && hex(value)).toBe(model.get(hex(key)))
        }
        expect(await actualRange(partition, { limit: 1e9 })).toEqual(expectedRange(model, { limit: 1e9 }))
        expect(partition.count()).toEqual({ rows: model.size, exact: true })
      }),
      { numRuns: 10 },
    )
  })

  it('answer alike page by page, while rows come and go between the pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 0x7fffffff }), fc.boolean(), async (seed, reverse) => {
        const next = numbersFrom(seed)
        const store = memory()
        const partition = await store.open({ table: 't', partition: 0 })
        const model = new Map<string, string>()
        const write = (count: number): void => {
          const rows: RowWrite[] = []
          for (let i = 0; i < count; i++) {
            const key = new Uint8Array([next(256), next(16)])
            const value = next(3) === 0 ? null : new Uint8Array([next(256)])
            rows.push([key, value])
            if (value === null) model.delete(hex(key))
            else model.set(hex(key), hex(value))
          }
          store.apply([{ partition, rows, position: { changelogOffset: 1, writtenAtMs: 0 } }])
        }
        write(4000)
        let bounds: { gte?: Uint8Array; lt?: Uint8Array } = {}
        for (;;) {
          const asked = { ...bounds, reverse, limit: 64 }
          const page = await actualRange(partition, asked)
          expect(page).toEqual(expectedRange(model, asked))
          if (page.length < 64) break
          const last = page.at(-1)?.[0] as string
          bounds = reverse ? { lt: unhex(last) } : { gte: unhex(`${last}00`) }
          write(100)
        }
      }),
      { numRuns: 10 },
    )
  })
})
