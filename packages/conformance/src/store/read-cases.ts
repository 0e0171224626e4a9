import assert from 'node:assert/strict'
import type { StorePartition } from '@stream/core/adapter'
import { assertSameBytes, bytes } from '../kit/index.ts'
import { assertCount, positionAt, type StoreGroup, textAt, textRows } from './store-lab.ts'

export const readCases: StoreGroup = {
  title: 'rows',
  cases: [
    {
      title: 'is empty, without a position, when it is opened for the first time',
      async run(lab) {
        const { partition } = await lab.partition()
        assert.equal(partition.position, undefined)
        assert.equal(await partition.get(bytes('a')), undefined)
        await assertCount(partition, 0)
      },
    },
    {
      title: 'an empty value is a row, and no row is undefined',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: [[bytes('empty'), new Uint8Array()]], position: positionAt(1) }])
        assertSameBytes(await partition.get(bytes('empty')), new Uint8Array(), 'an empty value')
        assert.equal(await partition.get(bytes('none')), undefined)
        await assertCount(partition, 1)
      },
    },
    {
      title: 'an empty key is a key',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: [[new Uint8Array(), bytes('v')]], position: positionAt(1) }])
        assertSameBytes(await partition.get(new Uint8Array()), bytes('v'), 'the value of the empty key')
        await store.apply([{ partition, rows: [[new Uint8Array(), null]], position: positionAt(2) }])
        assert.equal(await partition.get(new Uint8Array()), undefined)
      },
    },
    {
      title: 'keys and values hold any bytes',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const all = Uint8Array.from({ length: 256 }, (_, i) => i)
        const keys = [...all]
          .map((byte) => Uint8Array.of(byte))
          .concat([all, Uint8Array.of(0, 0), Uint8Array.of(255, 255)])
        const rows = keys.map((key, i) => [key, Uint8Array.of(...all, i & 255)] as const)
        await store.apply([{ partition, rows, position: positionAt(1) }])
        for (const [key, value] of rows) assertSameBytes(await partition.get(key), value, 'a binary value')
        await assertCount(partition, keys.length)
      },
    },
    {
      title: 'keys of which one begins with the other stay apart',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const keys = [[1], [1, 0], [1, 0, 0], [1, 2], [0, 1]].map((key) => Uint8Array.from(key))
        const rows = keys.map((key, i) => [key, Uint8Array.of(i)] as const)
        await store.apply([{ partition, rows, position: positionAt(1) }])
        for (const [key, value] of rows) assertSameBytes(await partition.get(key), value, 'the value')
      },
    },
    {
      title: 'takes and finds keys and values that are views of a larger buffer',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const page = Buffer.from('..key..value..')
        await store.apply([{ partition, rows: [[page.subarray(2, 5), page.subarray(7, 12)]], position: positionAt(1) }])
        assert.equal(await textAt(partition, 'key'), 'value')
        assertSameBytes(await partition.get(Buffer.from('a key').subarray(2)), bytes('value'), 'the value')
      },
    },
    {
      title: 'getMany answers in the order of the keys, with gaps and repetitions',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1', b: '2', c: '' }), position: positionAt(1) }])
        const values = await partition.getMany(['c', 'x', 'a', 'b', 'a'].map(bytes))
        assert.deepEqual(
          values.map((value) => (value === undefined ? undefined : Buffer.from(value).toString())),
          ['', undefined, '1', '2', '1'],
        )
        assert.deepEqual(await partition.getMany([]), [])
      },
    },
    {
      title: 'a value that was read stays as it was when its row is written again',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: 'first' }), position: positionAt(1) }])
        const read = await partition.get(bytes('a'))
        await store.apply([{ partition, rows: textRows({ a: 'other' }), position: positionAt(2) }])
        assertSameBytes(read, bytes('first'), 'the value read before')
      },
    },
    {
      title: 'partitions and tables keep their rows apart',
      async run(lab) {
        const store = await lab.store()
        const table = lab.table()
        const ids = [
          { table, partition: 1 },
          { table, partition: 11 },
          { table: `${table}1`, partition: 1 },
          { table: `${table}-1`, partition: 1 },
          { table: `${table}.with_every-Character`, partition: 0 },
        ]
        const partitions: StorePartition[] = []
        for (const id of ids) partitions.push(await store.open(id))
        const writes = partitions.map((partition, i) => ({
          partition,
          rows: textRows({ same: `${i}` }),
          position: positionAt(i),
        }))
        await store.apply(writes)
        for (const [i, partition] of partitions.entries()) {
          assert.equal(await textAt(partition, 'same'), `${i}`)
          assert.deepEqual({ ...partition.position }, positionAt(i))
          await assertCount(partition, 1)
        }
      },
    },
    {
      title: 'keeps a key and a value as large as its limits say',
      async run(lab) {
        const { store, partition } = await lab.partition()
        const key = new Uint8Array(Math.min(store.maxKeyBytes ?? 64 * 1024, 64 * 1024)).fill(7)
        const value = new Uint8Array(Math.min(store.maxValueBytes ?? 2 ** 23, 2 ** 23)).fill(31)
        await store.apply([{ partition, rows: [[key, value]], position: positionAt(1) }])
        assertSameBytes(await partition.get(key), value, 'the large value')
      },
    },
    {
      title: 'counts rows, not writes',
      async run(lab) {
        const { store, partition } = await lab.partition()
        await store.apply([{ partition, rows: textRows({ a: '1', b: '2', c: '3' }), position: positionAt(1) }])
        await store.apply([{ partition, rows: textRows({ a: '9', b: null, d: null }), position: positionAt(2) }])
        await assertCount(partition, 2)
      },
    },
  ],
}
