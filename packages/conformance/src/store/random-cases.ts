import assert from 'node:assert/strict'
import type { ByteRange, Random, RowWrite, Store, StorePartition } from '@stream/core/adapter'
import { below, forSeeds, hex } from '../kit/index.ts'
import { assertCount, positionAt, type StoreCase, type StoreGroup, type StoreLab } from './store-lab.ts'

/** What a partition must hold: hexadecimal keys and values, since their text sorts as the bytes do. */
type Model = Map<string, string>

const seeds = 10
const stepsPerSeed = 60

/** Short, of few different bytes, so that keys meet, and are prefixes of each other. */
function anyKey(random: Random): Uint8Array {
  return Uint8Array.from({ length: below(random, 5) }, () => [0, 1, 127, 128, 255][below(random, 5)] as number)
}

function anyRows(random: Random): RowWrite[] {
  return Array.from({ length: below(random, 40) }, () => {
    const value = random() < 0.3 ? null : Uint8Array.from({ length: below(random, 4) }, () => below(random, 256))
    return [anyKey(random), value] as const
  })
}

function write(model: Model, rows: readonly RowWrite[]): void {
  for (const [key, value] of rows) {
    if (value === null) model.delete(hex(key))
    else model.set(hex(key), hex(value))
  }
}

async function assertRange(partition: StorePartition, model: Model, random: Random): Promise<void> {
  if (partition.range === undefined) return
  const gte = random() < 0.7 ? anyKey(random) : undefined
  const lt = random() < 0.7 ? anyKey(random) : undefined
  const reverse = random() < 0.5
  const limit = 1 + below(random, 60)
  const range: ByteRange = { ...(gte && { gte }), ...(lt && { lt }), reverse }
  const expected = [...model]
    .filter(([key]) => (gte === undefined || key >= hex(gte)) && (lt === undefined || key < hex(lt)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (reverse) expected.reverse()
  const rows = await partition.range(range, limit)
  const shown = `range from ${hex(gte)} to ${hex(lt)}${reverse ? ' descending' : ''}, limit ${limit}`
  assert.deepEqual(
    rows.map(([key, value]) => [hex(key), hex(value)]),
    expected.slice(0, limit),
    shown,
  )
}

async function assertRows(partition: StorePartition, model: Model, keys: readonly Uint8Array[]): Promise<void> {
  const values = await partition.getMany(keys)
  for (const [i, key] of keys.entries()) {
    const expected = model.get(hex(key)) ?? 'nothing'
    assert.equal(hex(values[i]), expected, `getMany of ${hex(key)}`)
    assert.equal(hex(await partition.get(key)), expected, `get of ${hex(key)}`)
  }
}

function randomCase(title: string, run: (lab: StoreLab, store: Store, random: Random) => Promise<void>): StoreCase {
  return {
    title,
    async run(lab) {
      const store = await lab.store()
      await forSeeds(lab.options.seed, seeds, (random) => run(lab, store, random))
    },
  }
}

export const randomCases: StoreGroup = {
  title: 'random operations',
  cases: [
    randomCase('one partition answers as a sorted map does', async (lab, store, random) => {
      let partition = await store.open({ table: lab.table(), partition: 0 })
      const model: Model = new Map()
      for (let step = 1; step <= stepsPerSeed; step++) {
        const choice = random()
        if (choice < 0.5) {
          const rows = anyRows(random)
          write(model, rows)
          await store.apply([{ partition, rows, position: positionAt(step) }])
          assert.deepEqual({ ...partition.position }, positionAt(step))
          await assertCount(partition, model.size)
        } else if (choice < 0.75) {
          await assertRange(partition, model, random)
        } else if (choice < 0.97) {
          await assertRows(
            partition,
            model,
            Array.from({ length: 8 }, () => anyKey(random)),
          )
        } else {
          await partition.close()
          partition = await store.open(partition.id)
          if (partition.position === undefined) model.clear()
        }
      }
      await partition.destroy()
    }),
    randomCase('several partitions, written in one call, answer as maps of their own', async (lab, store, random) => {
      const table = lab.table()
      const held: { partition: StorePartition; model: Model }[] = []
      for (let i = 0; i < 3; i++) held.push({ partition: await store.open({ table, partition: i }), model: new Map() })
      for (let step = 1; step <= stepsPerSeed / 3; step++) {
        const writes = held
          .filter(() => random() < 0.7)
          .map(({ partition, model }) => {
            const rows = anyRows(random)
            write(model, rows)
            return { partition, rows, position: positionAt(step) }
          })
        await store.apply(writes)
        for (const { partition, model } of held) {
          await assertRange(partition, model, random)
          await assertRows(partition, model, [anyKey(random), anyKey(random)])
        }
      }
      for (const { partition } of held) await partition.destroy()
    }),
  ],
}
