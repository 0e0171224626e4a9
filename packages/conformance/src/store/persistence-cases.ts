import assert from 'node:assert/strict'
import { refuses } from '../kit/index.ts'
import { assertCount, positionAt, type StoreGroup, textAt, textRows } from './store-lab.ts'

export const persistenceCases: StoreGroup = {
  title: 'persistence',
  cases: [
    {
      title: 'rows and position survive the store object where persistent says so, else both are gone',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1', b: '2' }), position: positionAt(1) }])
        await store.apply([{ partition, rows: textRows({ b: null, c: '' }), position: positionAt(7) }])
        await store.close()
        const next = await lab.store()
        const again = await next.open(partition.id)
        if (next.supports.persistent) {
          assert.deepEqual({ ...again.position }, positionAt(7))
          assert.equal(await textAt(again, 'a'), '1')
          assert.equal(await textAt(again, 'b'), undefined)
          assert.equal(await textAt(again, 'c'), '')
          await assertCount(again, 2)
        } else {
          assert.equal(again.position, undefined, 'a position without rows would skip the changelog')
          assert.equal(await textAt(again, 'a'), undefined)
          await assertCount(again, 0)
        }
      },
    },
    {
      title: 'a partition that is closed and opened again has rows and position, or neither',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1' }), position: positionAt(3) }])
        await partition.close()
        const again = await store.open(partition.id)
        const isKept = again.position !== undefined
        if (store.supports.persistent) assert.ok(isKept, 'a persistent store must keep a closed partition')
        assert.deepEqual(isKept ? { ...again.position } : undefined, isKept ? positionAt(3) : undefined)
        assert.equal(await textAt(again, 'a'), isKept ? '1' : undefined)
      },
    },
    {
      title: 'what was destroyed does not come back with the next store object',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1' }), position: positionAt(3) }])
        await partition.destroy()
        await store.close()
        const again = await (await lab.store()).open(partition.id)
        assert.equal(again.position, undefined)
        assert.equal(await textAt(again, 'a'), undefined)
      },
    },
    {
      title: 'a partition written anew after destroy holds nothing of before',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ old: '1' }), position: positionAt(3) }])
        await partition.destroy()
        const again = await store.open(partition.id)
        await store.apply([{ partition: again, rows: textRows({ fresh: '2' }), position: positionAt(1) }])
        assert.equal(await textAt(again, 'old'), undefined)
        assert.equal(await textAt(again, 'fresh'), '2')
        assert.deepEqual({ ...again.position }, positionAt(1))
        await assertCount(again, 1)
      },
    },
    {
      title: 'a former owner writes nothing: it is fenced where the store is shared, and closed where it is not',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1' }), position: positionAt(1) }])
        const { shared, persistent } = store.supports
        if (!shared) await store.close()
        const owner = await (await lab.store()).open(partition.id)
        const isKept = shared || persistent
        const late = { partition, rows: textRows({ a: 'late' }), position: positionAt(2) }
        await refuses(shared ? 'STREAM_FENCED' : 'STREAM_CLOSED', 'apply() of a former owner', () =>
          store.apply([late]),
        )
        assert.equal(await textAt(owner, 'a'), isKept ? '1' : undefined)
        assert.equal(owner.position?.changelogOffset, isKept ? 1 : undefined)
      },
    },
  ],
}
