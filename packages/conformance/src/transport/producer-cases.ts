import assert from 'node:assert/strict'
import type { Produced, Producer } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { numbered, outRecord } from './records.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'

async function producerOf(lab: TransportLab): Promise<Producer> {
  return (await lab.transport()).producer({ deliveryTimeoutMs: lab.timing.patienceMs })
}

export const producerCases: TransportGroup = {
  title: 'producer',
  cases: [
    {
      title: 'appends in the order of the calls, which may overlap',
      async run(lab) {
        const topic = await lab.topic()
        const producer = await producerOf(lab)
        const calls: Promise<readonly Produced[]>[] = []
        for (let i = 0; i < 50; i++)
          calls.push(producer.send([{ topic, partition: 0, records: numbered('', 3, i * 3) }]))
        await Promise.all(calls)
        const { values } = await lab.read(topic, 0)
        assert.deepEqual(
          values,
          Array.from({ length: 150 }, (_, i) => `${i}`),
        )
      },
    },
    {
      title: 'answers in the order of the batches, over topics and partitions',
      async run(lab) {
        const [first, second] = [await lab.topic(2), await lab.topic(1)]
        const places = [
          { topic: second, partition: 0 },
          { topic: first, partition: 1 },
          { topic: first, partition: 0 },
        ]
        const batches = places.map((place, i) => ({ ...place, records: numbered(`${i}-`, i + 1) }))
        const produced = await (await producerOf(lab)).send(batches)
        assert.deepEqual(
          produced.map(({ topic, partition, error }) => ({ topic, partition, error })),
          places.map((place) => ({ ...place, error: undefined })),
        )
        for (const [i, { topic, partition }] of places.entries()) {
          const { values } = await lab.read(topic, partition)
          assert.deepEqual(
            values,
            Array.from({ length: i + 1 }, (_, n) => `${i}-${n}`),
          )
        }
      },
    },
    {
      title: 'appends several batches of one partition in their order',
      async run(lab) {
        const topic = await lab.topic()
        const batches = [0, 1, 2].map((i) => ({ topic, partition: 0, records: numbered(`${i}-`, 2) }))
        const produced = await (await producerOf(lab)).send(batches)
        assert.equal(produced.length, 3)
        assert.deepEqual((await lab.read(topic, 0)).values, ['0-0', '0-1', '1-0', '1-1', '2-0', '2-1'])
      },
    },
    {
      title: 'sends nothing where there is nothing to send',
      async run(lab) {
        assert.deepEqual(await (await producerOf(lab)).send([]), [])
      },
    },
    flagCase(
      'producedOffsets',
      'tells the offset of the first record of each batch',
      async (lab) => {
        const topic = await lab.topic()
        for (const count of [1, 5, 2]) {
          const produced = await lab.produce(topic, 0, numbered('', count))
          const { records } = await lab.read(topic, 0)
          assert.equal(produced.baseOffset, records.at(-count)?.offset)
        }
      },
      async (lab) => {
        const produced = await lab.produce(await lab.topic(), 0, ['a'])
        assert.equal(produced.baseOffset, undefined, 'an offset that is not known must not be made up')
      },
    ),
    {
      title: 'reports a record that is too large with its index, and appends its neighbours',
      async run(lab) {
        const topic = await lab.topic(2, { 'max.message.bytes': '20000' })
        const tooLarge = outRecord(new Uint8Array(30_000).map((_, i) => (i * 7919) >> 3))
        const batches = [
          { topic, partition: 0, records: [...numbered('a', 3), tooLarge, ...numbered('b', 3)] },
          { topic, partition: 1, records: numbered('c', 2) },
        ]
        const [refused, taken] = await (await producerOf(lab)).send(batches)
        assert.equal(refused?.error?.code, 'STREAM_RECORD_TOO_LARGE', 'the record must be reported, not swallowed')
        assert.equal(refused?.refused, 3, 'refused is the index of the record in its batch')
        assert.equal(taken?.error, undefined)
        assert.deepEqual((await lab.read(topic, 0)).values, ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'])
        assert.deepEqual((await lab.read(topic, 1)).values, ['c0', 'c1'])
      },
    },
    {
      title: 'takes a batch that is too large of records that are not',
      async run(lab) {
        const topic = await lab.topic(1, { 'max.message.bytes': '20000' })
        const records = Array.from({ length: 10 }, (_, i) => outRecord(new Uint8Array(6000).fill(i + 1)))
        const produced = await lab.produce(topic, 0, records)
        assert.equal(produced.refused, undefined)
        const { records: read } = await lab.read(topic, 0)
        assert.deepEqual(
          read.map(({ value }) => value?.[0]),
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        )
      },
    },
    {
      title: 'goes on after a refused record',
      async run(lab) {
        const topic = await lab.topic(1, { 'max.message.bytes': '20000' })
        const producer = await producerOf(lab)
        await producer.send([{ topic, partition: 0, records: [outRecord(new Uint8Array(30_000).fill(1))] }])
        const [produced] = await producer.send([{ topic, partition: 0, records: [outRecord('next')] }])
        assert.equal(produced?.error, undefined)
        assert.deepEqual((await lab.read(topic, 0)).values, ['next'])
      },
    },
    {
      title: 'refuses a topic that does not exist',
      async run(lab) {
        const transport = await lab.transport()
        const producer = transport.producer({ deliveryTimeoutMs: Math.min(5000, lab.timing.patienceMs) })
        const records = [outRecord('lost')]
        await refuses('STREAM_TOPIC_MISSING', 'send() to a missing topic', () =>
          producer.send([{ topic: lab.name('missing'), partition: 0, records }]),
        )
      },
    },
  ],
}
