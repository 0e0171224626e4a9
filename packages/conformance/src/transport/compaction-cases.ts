import assert from 'node:assert/strict'
import { bytes } from '../kit/index.ts'
import { outRecord, someTimestamp } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'

async function compactedTopic(
  lab: TransportLab,
  records: readonly (readonly [key: string, value: string | null])[],
): Promise<string> {
  const topic = await lab.topic(1, { 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0' })
  // Brokers begin a new segment by the timestamps of the records, and leave the last segment alone.
  for (const [i, [key, value]] of records.entries()) {
    const timestamp = someTimestamp + i * 60_000
    await lab.produce(topic, 0, [outRecord(value, { key: bytes(key), timestamp })])
  }
  assert.ok(lab.plan.compact, 'these cases are registered where compact is given')
  await lab.plan.compact(topic)
  return topic
}

/** Registered where the option `compact` is given. */
export const compactionCases: TransportGroup = {
  title: 'compacted topics',
  cases: [
    {
      title: 'reading steps over the holes, and gives the last value of each key',
      async run(lab) {
        const topic = await compactedTopic(lab, [
          ['a', '1'],
          ['b', '1'],
          ['a', '2'],
          ['a', '3'],
          ['b', '2'],
          ['c', '1'],
        ])
        const { records, nextOffset } = await lab.read(topic, 0)
        const last = new Map(records.map(({ key, value }) => [`${Buffer.from(key!)}`, `${Buffer.from(value!)}`]))
        assert.deepEqual(Object.fromEntries(last), { a: '3', b: '2', c: '1' })
        assert.ok(records.length < 6, 'compact() has left no hole: the case proves nothing')
        assert.ok(nextOffset >= 6)
      },
    },
    {
      title: 'a position inside a hole is read on from the next record',
      async run(lab) {
        const topic = await compactedTopic(lab, [
          ['a', '1'],
          ['a', '2'],
          ['a', '3'],
          ['b', '1'],
          ['b', '2'],
        ])
        const { records } = await lab.read(topic, 0, 'read_committed', 1)
        const offsets = records.map(({ offset }) => offset)
        assert.ok(!offsets.includes(1), 'compact() has left no hole at offset 1: the case proves nothing')
        assert.ok(offsets.every((offset) => offset >= 1) && offsets.includes(4), `offsets ${offsets} from position 1`)
      },
    },
  ],
}
