import assert from 'node:assert/strict'
import { StreamError } from '@stream/core/adapter'
import { bytes, refuses } from '../kit/index.ts'
import { positionAt, type StoreGroup, textAt, textRows } from './store-lab.ts'

export const lifecycleCases: StoreGroup = {
  title: 'lifecycle',
  cases: [
    {
      title: 'closes once, again, and twice at the same time',
      async run(lab) {
        const store = await lab.store()
        await store.open({ table: lab.table(), partition: 0 })
        await Promise.all([store.close(), store.close()])
        await store.close()
      },
    },
    {
      title: 'closes a store that was never started',
      async run(lab) {
        const store = await lab.unstartedStore()
        await store.close()
      },
    },
    {
      title: 'refuses open and apply after the store is closed',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.close()
        await refuses('STREAM_CLOSED', 'open() of a closed store', () =>
          store.open({ table: lab.table(), partition: 0 }),
        )
        const write = { partition, rows: textRows({ a: '1' }), position: positionAt(1) }
        await refuses('STREAM_CLOSED', 'apply() of a closed store', () => store.apply([write]))
      },
    },
    {
      title: 'closes the partitions that are open with the store',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.close()
        await refuses('STREAM_CLOSED', 'get() after the store is closed', () => partition.get(bytes('a')))
      },
    },
    {
      title: 'refuses to open a partition that is open',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await refuses('STREAM_STATE_INVALID', 'a second open()', () => store.open(partition.id))
        await store.apply([{ partition, rows: textRows({ a: '1' }), position: positionAt(1) }])
        assert.equal(await textAt(partition, 'a'), '1', 'the partition that was open first must not suffer')
      },
    },
    {
      title: 'lets one of two openings at the same time have the partition',
      async run(lab) {
        const store = await lab.store()
        const id = { table: lab.table(), partition: 0 }
        const answers = await Promise.allSettled([store.open(id), store.open(id)])
        const refused = answers.filter((answer) => answer.status === 'rejected')
        assert.equal(refused.length, 1, 'exactly one of two openings at the same time must be refused')
        assert.ok(StreamError.is(refused[0]?.reason, 'STREAM_STATE_INVALID'))
      },
    },
    {
      title: 'opens a partition again after it was closed',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await partition.close()
        const again = await store.open(partition.id)
        await store.apply([{ partition: again, rows: textRows({ a: '1' }), position: positionAt(1) }])
        assert.equal(await textAt(again, 'a'), '1')
      },
    },
    {
      title: 'closes a partition once, again, and twice at the same time',
      async run(lab) {
        const { partition } = await lab.partition()
        await Promise.all([partition.close(), partition.close()])
        await partition.close()
      },
    },
    {
      title: 'a late close of an old opening leaves the new one open',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await partition.close()
        const again = await store.open(partition.id)
        await partition.close()
        await store.apply([{ partition: again, rows: textRows({ a: '1' }), position: positionAt(1) }])
        assert.equal(await textAt(again, 'a'), '1')
      },
    },
    {
      title: 'refuses reads of a closed partition',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await partition.close()
        await refuses('STREAM_CLOSED', 'get() of a closed partition', () => partition.get(bytes('a')))
        await refuses('STREAM_CLOSED', 'getMany() of a closed partition', () => partition.getMany([bytes('a')]))
        await refuses('STREAM_CLOSED', 'count() of a closed partition', () => partition.count())
        if (store.supports.ordered) {
          await refuses('STREAM_CLOSED', 'range() of a closed partition', () => partition.range?.({}, 1))
        }
      },
    },
    {
      title: 'refuses writes to a closed partition, and writes nothing of them',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await partition.close()
        const write = { partition, rows: textRows({ a: '1' }), position: positionAt(1) }
        await refuses('STREAM_CLOSED', 'apply() to a closed partition', () => store.apply([write]))
        const again = await store.open(partition.id)
        assert.equal(await textAt(again, 'a'), undefined)
        assert.equal(again.position, undefined)
      },
    },
    {
      title: 'destroy removes rows and position, of this partition only',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const neighbour = await store.open({ table: partition.id.table, partition: 1 })
        const write = { rows: textRows({ a: '1', b: '2' }), position: positionAt(1) }
        await store.apply([
          { partition, ...write },
          { partition: neighbour, ...write },
        ])
        await partition.destroy()
        await refuses('STREAM_CLOSED', 'get() of a destroyed partition', () => partition.get(bytes('a')))
        const again = await store.open(partition.id)
        assert.equal(again.position, undefined)
        assert.equal(await textAt(again, 'a'), undefined)
        assert.equal(await textAt(neighbour, 'a'), '1')
        assert.deepEqual({ ...neighbour.position }, positionAt(1))
      },
    },
  ],
}
