import assert from 'node:assert/strict'
import type { Fetched, Reader } from '@stream/core/adapter'
import { numbered, outRecord, textOf } from './records.ts'
import { flagCase, type TransportCase, type TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'
import { within } from './until.ts'

/** Polls until `enough`, then returns what came. */
async function pollUntil(
  lab: TransportLab,
  reader: Reader,
  what: string,
  enough: (batches: readonly Fetched[]) => boolean,
): Promise<Fetched[]> {
  const batches: Fetched[] = []
  const end = performance.now() + lab.timing.patienceMs
  while (!enough(batches)) {
    assert.ok(performance.now() < end, `waited ${lab.timing.patienceMs} ms in vain until ${what}`)
    batches.push(...(await reader.poll({ maxWaitMs: 200 })))
  }
  return batches
}

function valuesOf(batches: readonly Fetched[], topic: string, partition: number): string[] {
  return batches
    .filter((batch) => batch.topic === topic && batch.partition === partition)
    .flatMap((batch) => batch.records.map(textOf))
}

const recordCount = (batches: readonly Fetched[]): number =>
  batches.reduce((sum, { records }) => sum + records.length, 0)

const outOfRange: readonly TransportCase[] = [
  {
    title: 'reports a position behind the log end once, and reads on after a new position',
    async run(lab) {
      const topic = await lab.topic()
      await lab.produce(topic, 0, numbered('', 3))
      const reader = await lab.reader()
      reader.assign([{ topic, partition: 0, offset: 99 }])
      const [batch] = await pollUntil(lab, reader, 'the error came', (batches) => batches.length > 0)
      assert.equal(batch?.error?.code, 'STREAM_OFFSET_OUT_OF_RANGE')
      assert.equal(batch?.error?.place.logStart, 0, 'the place of the error carries logStart')
      assert.deepEqual(batch?.records, [])
      assert.deepEqual(await reader.poll({ maxWaitMs: lab.timing.quietMs }), [], 'it is reported once')
      reader.assign([{ topic, partition: 0, offset: 1 }])
      const batches = await pollUntil(lab, reader, 'two records came', (all) => recordCount(all) >= 2)
      assert.deepEqual(valuesOf(batches, topic, 0), ['1', '2'])
    },
  },
  flagCase(
    'deleteRecords',
    'reports a position before the log start, with the log start',
    async (lab) => {
      const topic = await lab.topic()
      await lab.produce(topic, 0, numbered('', 5))
      await (await lab.transport()).admin().deleteRecords([{ topic, partition: 0, offset: 4 }])
      const reader = await lab.reader()
      reader.assign([{ topic, partition: 0, offset: 2 }])
      const [batch] = await pollUntil(lab, reader, 'the error came', (batches) => batches.length > 0)
      assert.equal(batch?.error?.code, 'STREAM_OFFSET_OUT_OF_RANGE')
      assert.equal(batch?.error?.place.logStart, 4)
      assert.deepEqual(batch?.records, [])
    },
    async () => {},
  ),
  {
    title: 'waits at the log end, which is not out of range',
    async run(lab) {
      const topic = await lab.topic()
      await lab.produce(topic, 0, ['a'])
      const reader = await lab.reader()
      reader.assign([{ topic, partition: 0, offset: 1 }])
      for (const batch of await reader.poll({ maxWaitMs: lab.timing.quietMs })) assert.equal(batch.error, undefined)
      await lab.produce(topic, 0, ['b'])
      const batches = await pollUntil(lab, reader, 'the record came', (all) => recordCount(all) > 0)
      assert.deepEqual(valuesOf(batches, topic, 0), ['b'])
    },
  },
  {
    title: 'reports a topic that does not exist',
    async run(lab) {
      const topic = lab.name('missing')
      const reader = await lab.reader()
      reader.assign([{ topic, partition: 0, offset: 0 }])
      const [batch] = await pollUntil(lab, reader, 'the error came', (batches) => batches.length > 0)
      assert.equal(batch?.error?.code, 'STREAM_TOPIC_MISSING')
    },
  },
]

export const readerCases: TransportGroup = {
  title: 'reader',
  cases: [
    {
      title: 'reads from the position it is given, each offset once and in order',
      async run(lab) {
        const topic = await lab.topic()
        for (let i = 0; i < 10; i++) await lab.produce(topic, 0, numbered('', 3, i * 3))
        const { records, values, nextOffset } = await lab.read(topic, 0, 'read_committed', 4)
        assert.deepEqual(
          values,
          Array.from({ length: 26 }, (_, i) => `${i + 4}`),
        )
        assert.deepEqual(
          records.map(({ offset }) => offset),
          Array.from({ length: 26 }, (_, i) => i + 4),
        )
        assert.equal(nextOffset, 30)
      },
    },
    {
      title: 'a batch ends behind its last record, and belongs to assignment 0',
      async run(lab) {
        const topic = await lab.topic()
        for (let i = 0; i < 3; i++) await lab.produce(topic, 0, numbered('', 5))
        const reader = await lab.reader()
        reader.assign([{ topic, partition: 0, offset: 0 }])
        const batches = await pollUntil(lab, reader, '15 records came', (all) => recordCount(all) >= 15)
        let position = 0
        for (const batch of batches) {
          assert.equal(batch.assignment, 0)
          for (const { offset } of batch.records) {
            assert.ok(offset >= position, 'offsets must ascend over all batches')
            position = offset + 1
          }
          assert.ok(batch.nextOffset >= position, 'nextOffset must lie behind the last record')
          if (batch.endOffset !== undefined) assert.ok(batch.endOffset >= batch.nextOffset, 'endOffset must be the end')
          position = batch.nextOffset
        }
      },
    },
    {
      title: 'tells the payload bytes of a batch',
      async run(lab) {
        const topic = await lab.topic()
        await lab.produce(topic, 0, [outRecord(new Uint8Array(5000), { key: new Uint8Array(500) })])
        const reader = await lab.reader()
        reader.assign([{ topic, partition: 0, offset: 0 }])
        const [batch] = await pollUntil(lab, reader, 'the batch came', (all) => all.length > 0)
        assert.ok(
          batch && batch.sizeBytes >= 5500 && batch.sizeBytes < 6000,
          `${batch?.sizeBytes} bytes for 5500 of payload`,
        )
      },
    },
    {
      title: 'returns no more bytes in one poll than asked for',
      async run(lab) {
        const topic = await lab.topic(2)
        for (let i = 0; i < 6; i++) {
          for (const partition of [0, 1])
            await lab.produce(topic, partition, [outRecord(new Uint8Array(10_000).fill(i))])
        }
        const reader = await lab.reader('read_committed', { maxPollBytes: 35_000 })
        reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
        let count = 0
        const end = performance.now() + lab.timing.patienceMs
        while (count < 12) {
          assert.ok(performance.now() < end, `only ${count} of 12 records came`)
          const answer = await reader.poll({ maxWaitMs: 200 })
          const payload = answer
            .flatMap(({ records }) => records)
            .reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
          assert.ok(payload <= 35_000, `${payload} bytes in one poll that may return 35000`)
          count += recordCount(answer)
        }
      },
    },
    {
      title: 'reads several topics and partitions at a time',
      async run(lab) {
        const [first, second] = [await lab.topic(2), await lab.topic()]
        await lab.produce(first, 0, ['a'])
        await lab.produce(first, 1, ['b', 'c'])
        await lab.produce(second, 0, ['d'])
        const reader = await lab.reader()
        reader.assign([
          { topic: first, partition: 0, offset: 0 },
          { topic: first, partition: 1, offset: 1 },
        ])
        reader.assign([{ topic: second, partition: 0, offset: 0 }])
        const batches = await pollUntil(lab, reader, 'three records came', (all) => recordCount(all) >= 3)
        const places = [
          [first, 0],
          [first, 1],
          [second, 0],
        ] as const
        assert.deepEqual(
          places.map(([topic, partition]) => valuesOf(batches, topic, partition)),
          [['a'], ['c'], ['d']],
        )
      },
    },
    {
      title: 'assigning again replaces the position of that partition only',
      async run(lab) {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered(`${partition}-`, 3))
        const reader = await lab.reader()
        reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
        await pollUntil(lab, reader, 'six records came', (all) => recordCount(all) >= 6)
        reader.assign([{ topic, partition: 1, offset: 1 }])
        const again = await pollUntil(lab, reader, 'two records came again', (all) => recordCount(all) >= 2)
        assert.deepEqual(valuesOf(again, topic, 0), [])
        assert.deepEqual(valuesOf(again, topic, 1), ['1-1', '1-2'])
      },
    },
    {
      title: 'delivers nothing of a partition after unassign, and goes on with the others',
      async run(lab) {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, ['a'])
        const reader = await lab.reader()
        reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
        await pollUntil(lab, reader, 'two records came', (all) => recordCount(all) >= 2)
        await lab.produce(topic, 0, ['left behind'])
        reader.unassign([{ topic, partition: 0 }])
        await lab.produce(topic, 1, ['b'])
        const batches = await pollUntil(lab, reader, 'the record of the other came', (all) => recordCount(all) >= 1)
        batches.push(...(await reader.poll({ maxWaitMs: lab.timing.quietMs })))
        assert.deepEqual([valuesOf(batches, topic, 0), valuesOf(batches, topic, 1)], [[], ['b']])
      },
    },
    {
      title: 'a poll waits as long as it may, and no longer',
      async run(lab) {
        const topic = await lab.topic()
        const reader = await lab.reader()
        reader.assign([{ topic, partition: 0, offset: 0 }])
        const start = performance.now()
        const answer = await within(lab.timing.patienceMs, 'poll()', reader.poll({ maxWaitMs: lab.timing.quietMs }))
        const waitedMs = performance.now() - start
        assert.equal(recordCount(answer), 0)
        assert.ok(answer.length > 0 || waitedMs > lab.timing.quietMs * 0.8, 'it must not answer early with nothing')
      },
    },
    {
      title: 'a poll that waits wakes when a record arrives',
      async run(lab) {
        const topic = await lab.topic()
        const reader = await lab.reader()
        reader.assign([{ topic, partition: 0, offset: 0 }])
        await reader.poll({ maxWaitMs: 1 })
        const woken = pollUntil(lab, reader, 'the record came', (all) => recordCount(all) > 0)
        await lab.produce(topic, 0, ['a'])
        assert.deepEqual(valuesOf(await woken, topic, 0), ['a'])
      },
    },
    {
      title: 'tells the first offset and the end of each partition',
      async run(lab) {
        const topic = await lab.topic(3)
        await lab.produce(topic, 1, numbered('', 4))
        await lab.produce(topic, 2, numbered('', 1))
        const partitions = [2, 0, 1].map((partition) => ({ topic, partition }))
        const reader = await lab.reader()
        const withOffsets = (offsets: number[]) => partitions.map((place, i) => ({ ...place, offset: offsets[i] }))
        assert.deepEqual(await reader.startOffsets(partitions), withOffsets([0, 0, 0]))
        for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
          assert.deepEqual(await reader.endOffsets(partitions, isolation), withOffsets([1, 0, 4]))
        }
      },
    },
    ...outOfRange,
  ],
}
