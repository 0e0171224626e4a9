import assert from 'node:assert/strict'
import type { ByteRange, Row, Store, StorePartition } from '@stream/core/adapter'
import { hex } from '../kit/index.ts'
import { positionAt, type StoreCase, type StoreGroup, type StoreLab } from './store-lab.ts'

/** In byte order. */
const ordered = ['', '00', '0000', '00ff', '01', '7f', '7fff', '80', '8000', 'fe', 'ff', 'ff00', 'ffff'].map((text) =>
  Uint8Array.from(Buffer.from(text, 'hex')),
)

/** Where the store is not ordered, the case asserts that there is no range at all, so that core can refuse what needs one. */
function rangeCase(
  title: string,
  run: (partition: StorePartition, range: RangeOf, place: Place) => Promise<void>,
): StoreCase {
  return {
    title,
    async run(lab) {
      const { store, partition } = await lab.partition()
      if (!store.supports.ordered) {
        assert.equal(partition.range, undefined, 'a store that is not ordered must not have range()')
        return
      }
      // Not in the order of the keys, and in two calls, so that order is the store's doing.
      const rows = [...ordered.keys()]
        .map((i) => (i * 5) % ordered.length)
        .map((i) => [ordered[i]!, Uint8Array.of(i)] as const)
      await store.apply([{ partition, rows: rows.slice(0, 7), position: positionAt(1) }])
      await store.apply([{ partition, rows: rows.slice(7), position: positionAt(2) }])
      await run(partition, (range, limit) => askRange(partition, range, limit), { lab, store })
    },
  }
}

/** The store that is open already: a place may be one store's at a time. */
interface Place {
  readonly lab: StoreLab
  readonly store: Store
}

type RangeOf = (range: ByteRange, limit?: number) => Promise<readonly Row[]>

async function askRange(partition: StorePartition, range: ByteRange, limit = 1000): Promise<readonly Row[]> {
  assert.ok(partition.range, 'an ordered store must have range()')
  return await partition.range(range, limit)
}

function assertKeys(rows: readonly Row[], expected: readonly Uint8Array[], what: string): void {
  assert.deepEqual(
    rows.map(([key]) => hex(key)),
    expected.map((key) => hex(key)),
    what,
  )
}

/** Keys of all pages until an empty one; a store that repeats itself must not keep the kit busy for ever. */
async function pages(
  from: Uint8Array,
  ask: (bound: Uint8Array) => Promise<readonly Row[]>,
  next: (last: Uint8Array) => Uint8Array,
): Promise<string[]> {
  const keys: string[] = []
  let bound = from
  for (let asked = 0; asked < 20; asked++) {
    const page = await ask(bound)
    const last = page.at(-1)
    if (last === undefined) break
    keys.push(...page.map(([key]) => hex(key)))
    bound = next(last[0])
  }
  return keys
}

const at = (index: number): Uint8Array => ordered[index] as Uint8Array

export const rangeCases: StoreGroup = {
  title: 'range',
  cases: [
    rangeCase('gives all rows, with their values, in byte order', async (_, range) => {
      const rows = await range({})
      assertKeys(rows, ordered, 'all keys in byte order')
      assert.deepEqual(
        rows.map(([, value]) => value[0]),
        [...ordered.keys()],
      )
    }),
    rangeCase('includes the lower bound and leaves the upper one out', async (_, range) => {
      assertKeys(await range({ gte: at(3), lt: at(8) }), ordered.slice(3, 8), 'half-open interval')
      assertKeys(await range({ gte: at(4) }), ordered.slice(4), 'lower bound only')
      assertKeys(await range({ lt: at(4) }), ordered.slice(0, 4), 'upper bound only')
    }),
    rangeCase('takes bounds that are no keys', async (_, range) => {
      assertKeys(
        await range({ gte: Uint8Array.of(0, 1), lt: Uint8Array.of(0x7f, 1) }),
        ordered.slice(3, 6),
        'between keys',
      )
      assertKeys(await range({ gte: Uint8Array.of(255, 255, 0) }), [], 'behind the last key')
      assertKeys(
        await range({ lt: Uint8Array.of(0x7f, 0xfe), reverse: true }),
        ordered.slice(0, 6).reverse(),
        'descending',
      )
    }),
    rangeCase('is empty where the bounds are equal or crossed', async (_, range) => {
      assertKeys(await range({ gte: at(4), lt: at(4) }), [], 'equal bounds')
      assertKeys(await range({ gte: at(8), lt: at(3) }), [], 'crossed bounds')
      assertKeys(await range({ gte: at(8), lt: at(3), reverse: true }), [], 'crossed bounds, descending')
    }),
    rangeCase('takes the empty key as a bound', async (_, range) => {
      assertKeys(await range({ gte: new Uint8Array() }), ordered, 'from the empty key on')
      assertKeys(await range({ lt: new Uint8Array() }), [], 'below the empty key')
    }),
    rangeCase('descends with reverse, under the same bounds', async (_, range) => {
      assertKeys(await range({ reverse: true }), ordered.toReversed(), 'all descending')
      assertKeys(await range({ gte: at(3), lt: at(8), reverse: true }), ordered.slice(3, 8).reverse(), 'half-open')
      assertKeys(await range({ lt: at(2), reverse: true }), ordered.slice(0, 2).reverse(), 'upper bound only')
    }),
    rangeCase('stops at the limit, at the near end of the order', async (_, range) => {
      assertKeys(await range({}, 3), ordered.slice(0, 3), 'ascending')
      assertKeys(await range({ reverse: true }, 3), ordered.slice(-3).reverse(), 'descending')
      assertKeys(await range({ gte: at(5), lt: at(7) }, 5), ordered.slice(5, 7), 'limit behind the bound')
    }),
    rangeCase('goes on from the last key, page by page, both ways', async (_, range) => {
      const up = await pages(
        new Uint8Array(),
        (gte) => range({ gte }, 4),
        (last) => Uint8Array.of(...last, 0),
      )
      assert.deepEqual(up, ordered.map(hex))
      const down = await pages(
        Uint8Array.of(255, 255, 255),
        (lt) => range({ lt, reverse: true }, 4),
        (last) => last,
      )
      assert.deepEqual(down, ordered.toReversed().map(hex))
    }),
    rangeCase('sees rows that came, changed and went since the last range', async (_, __, { lab, store }) => {
      const partition = await store.open({ table: lab.table(), partition: 0 })
      const write = (rows: readonly (readonly [Uint8Array, Uint8Array | null])[], offset: number) =>
        store.apply([{ partition, rows, position: positionAt(offset) }])
      await write(
        [
          [at(1), at(1)],
          [at(5), at(5)],
        ],
        1,
      )
      assertKeys(await askRange(partition, {}), [at(1), at(5)], 'first')
      await write(
        [
          [at(3), at(3)],
          [at(1), null],
          [at(5), at(6)],
          [at(0), at(0)],
        ],
        2,
      )
      const rows = await askRange(partition, {})
      assertKeys(rows, [at(0), at(3), at(5)], 'after changes')
      assert.equal(hex(rows[2]?.[1]), hex(at(6)))
      await write(
        [
          [at(0), null],
          [at(3), null],
          [at(5), null],
        ],
        3,
      )
      assertKeys(await askRange(partition, {}), [], 'after all were deleted')
    }),
    rangeCase('stays within its partition', async (_, __, { lab, store }) => {
      const table = lab.table()
      const partitions = [await store.open({ table, partition: 0 }), await store.open({ table, partition: 1 })]
      for (const [i, partition] of partitions.entries()) {
        await store.apply([
          {
            partition,
            rows: [
              [at(i + 1), at(0)],
              [at(i + 9), at(0)],
            ],
            position: positionAt(1),
          },
        ])
      }
      for (const [i, partition] of partitions.entries()) {
        assertKeys(await askRange(partition, {}), [at(i + 1), at(i + 9)], 'ascending')
        assertKeys(await askRange(partition, { reverse: true }), [at(i + 9), at(i + 1)], 'descending')
      }
    }),
    rangeCase('pages through five thousand rows without a gap', async (_, __, { lab, store }) => {
      const partition = await store.open({ table: lab.table(), partition: 0 })
      const keys = Array.from({ length: 5000 }, (_, i) => Uint8Array.of(i >> 8, i & 255))
      const rows = keys.map((_, i) => [keys[(i * 1999) % keys.length]!, Uint8Array.of(1)] as const)
      await store.apply([{ partition, rows, position: positionAt(5000) }])
      const page = (gte: Uint8Array) => askRange(partition, { gte }, 700)
      const seen = await pages(new Uint8Array(), page, (last) => Uint8Array.of(...last, 0))
      assert.deepEqual(seen, keys.map(hex))
    }),
  ],
}
