import assert from 'node:assert/strict'
import { bytes } from '../kit/index.ts'
import { assertCount, positionAt, type StoreGroup, textAt, textRows } from './store-lab.ts'

export const applyCases: StoreGroup = {
  title: 'apply',
  cases: [
    {
      title: 'rows and position are there as soon as it is done',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1' }), position: positionAt(5) }])
        assert.equal(await textAt(partition, 'a'), '1')
        assert.deepEqual({ ...partition.position }, positionAt(5))
      },
    },
    {
      title: 'a position moves without rows',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: [], position: positionAt(5) }])
        assert.deepEqual({ ...partition.position }, positionAt(5))
        await store.apply([{ partition, rows: [], position: positionAt(9) }])
        assert.deepEqual({ ...partition.position }, positionAt(9))
      },
    },
    {
      title: 'a position is never visible before the rows it stands for',
      async run(lab) {
        const { store, partition } = await lab.partition()
        for (let round = 1; round <= 20; round++) {
          const rows = Array.from({ length: 50 }, (_, i) => [bytes(`k${i}`), bytes(`${round}`)] as const)
          let isDone = false
          const done = (): void => {
            isDone = true
          }
          const applied = Promise.resolve(store.apply([{ partition, rows, position: positionAt(round) }]))
          const watched = applied.then(done, done)
          let breach: string | undefined
          while (!isDone) {
            const seen = partition.position?.changelogOffset ?? 0
            for (const value of await partition.getMany(rows.map(([key]) => key))) {
              const written = value === undefined ? 0 : Number(Buffer.from(value).toString())
              if (written < seen)
                breach = `position ${seen} is visible, but a row still has the value of write ${written}`
            }
            await new Promise((resolve) => setImmediate(resolve))
          }
          await watched
          await applied
          assert.equal(breach, undefined)
        }
      },
    },
    {
      title: 'a later write of a key wins within one call',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const rows = [
          ['twice', '1'],
          ['gone', '1'],
          ['back', null],
          ['twice', '2'],
          ['gone', null],
          ['back', '1'],
        ] as const
        await store.apply([
          {
            partition,
            rows: rows.map(([key, value]) => [bytes(key), value === null ? null : bytes(value)]),
            position: positionAt(1),
          },
        ])
        assert.equal(await textAt(partition, 'twice'), '2')
        assert.equal(await textAt(partition, 'gone'), undefined)
        assert.equal(await textAt(partition, 'back'), '1')
        await assertCount(partition, 2)
      },
    },
    {
      title: 'a delete removes the row, and one that is not there does no harm',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1', b: '2' }), position: positionAt(1) }])
        await store.apply([{ partition, rows: textRows({ a: null, never: null }), position: positionAt(2) }])
        assert.equal(await textAt(partition, 'a'), undefined)
        assert.equal(await textAt(partition, 'b'), '2')
        await assertCount(partition, 1)
        await store.apply([{ partition, rows: textRows({ a: '3' }), position: positionAt(3) }])
        assert.equal(await textAt(partition, 'a'), '3')
      },
    },
    {
      title: 'applying a write again changes nothing',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1', b: '1' }), position: positionAt(1) }])
        const write = { partition, rows: textRows({ a: '2', b: null, c: '3' }), position: positionAt(2) }
        for (let times = 0; times < 3; times++) {
          await store.apply([write])
          assert.equal(await textAt(partition, 'a'), '2')
          assert.equal(await textAt(partition, 'b'), undefined)
          assert.equal(await textAt(partition, 'c'), '3')
          await assertCount(partition, 2)
          assert.deepEqual({ ...partition.position }, positionAt(2))
        }
      },
    },
    {
      title: 'writes several partitions in one call, each with its own position',
      async run(lab) {
        const store = await lab.store()
        const table = lab.table()
        const first = await store.open({ table, partition: 0 })
        const second = await store.open({ table, partition: 1 })
        await store.apply([
          { partition: first, rows: textRows({ a: '1' }), position: positionAt(10) },
          { partition: second, rows: textRows({ a: '2' }), position: positionAt(20) },
        ])
        assert.equal(await textAt(first, 'a'), '1')
        assert.equal(await textAt(second, 'a'), '2')
        assert.deepEqual(
          [first.position, second.position].map((p) => ({ ...p })),
          [positionAt(10), positionAt(20)],
        )
      },
    },
    {
      title: 'a call without writes does no harm',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([])
        assert.equal(partition.position, undefined)
      },
    },
    {
      title: 'writes ten thousand rows in one call',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const rows = Array.from({ length: 10_000 }, (_, i) => [bytes(`key-${i}`), bytes(`value-${i}`)] as const)
        await store.apply([{ partition, rows, position: positionAt(10_000) }])
        for (const i of [0, 1, 4999, 9998, 9999]) assert.equal(await textAt(partition, `key-${i}`), `value-${i}`)
        await assertCount(partition, 10_000)
      },
    },
  ],
}
