// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import type { Admin, Reader, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fresh, KafkaFixture, readAll, readerOptions, record, recordsOf, text } from './kafka-fixture.ts'

describe('producing', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  let reader: Reader

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
    reader = transport.reader(readerOptions)
  })
  afterAll(() => kafka.close())

  const read = async (topic: string) => recordsOf(await readAll(reader, { topic, partition: 0 }))

  it('keeps the order of calls per partition, though they overlap', async () => {
    const topic = await kafka.topic(admin, 2)
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    const calls = Array.from({ length: 100 }, (_, call) =>
      producer.send([
        { topic, partition: 1, records: [record(null, `other ${call}`)] },
        { topic, partition: 0, records: [record(null, `${call} first`), record(null, `${call} second`)] },
      ]),
    )
    const results = await Promise.all(calls)
    expect(results.map(([, one]) => one?.baseOffset)).toEqual(results.map((_, i) => i * 2))
    const values = (await read(topic)).map((one) => text(one.value))
    expect(values).toEqual(results.flatMap((_, i) => [`${i} first`, `${i} second`]))
    await producer.close()
    await expect(producer.send([{ topic, partition: 0, records: [record(null, 'late')] }])).rejects.toMatchObject({
      code: 'STREAM_CLOSED',
    })
  })

  it('finds the records that are too large, and appends all around them', async () => {
    const topic = await kafka.topic(admin, 1, { 'max.message.bytes': '3000' })
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    const values = Array.from({ length: 40 }, (_, i) =>
      i === 17 || i === 30 ? 'x'.repeat(4000) : `${i}`.padEnd(500, '.'),
    )
    const [produced, after] = await producer.send([
      { topic, partition: 0, records: values.map((value, i) => record(`${i}`, value)) },
      { topic, partition: 0, records: [record('after', 'x')] },
    ])
    expect(produced).toMatchObject({ topic, partition: 0, baseOffset: 0, refused: 17 })
    expect(produced?.error).toMatchObject({ code: 'STREAM_RECORD_TOO_LARGE', place: { refused: [17, 30] } })
    expect(after).toEqual({ topic, partition: 0, baseOffset: 38 })
    const keys = (await read(topic)).map((one) => text(one.key))
    expect(keys).toEqual(
      [...values.keys()]
        .filter((i) => i !== 17 && i !== 30)
        .map(String)
        .concat('after'),
    )
  })

  it('finds a record that a compacted topic cannot hold', async () => {
    const topic = await kafka.topic(admin, 1, { 'cleanup.policy': 'compact' })
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    const records = [record('a', '1'), record(null, 'no key'), record('b', '2')]
    const [produced] = await producer.send([{ topic, partition: 0, records }])
    expect(produced).toMatchObject({ refused: 1, error: { code: 'STREAM_BROKER_REFUSED' } })
    expect((await read(topic)).map((one) => text(one.key))).toEqual(['a', 'b'])
  })

  it('rejects for a topic that does not exist', async () => {
    const producer = transport.producer({ deliveryTimeoutMs: 15_000 })
    const sent = producer.send([{ topic: fresh('none'), partition: 0, records: [record(null, 'x')] }])
    await expect(sent).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
  })

  it('answers an empty send, and empty batches', async () => {
    const topic = await kafka.topic(admin, 1)
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    expect(await producer.send([])).toEqual([])
    expect(await producer.send([{ topic, partition: 0, records: [] }])).toEqual([{ topic, partition: 0 }])
  })
})

describe('topics', () => {
  let kafka: KafkaFixture
  let admin: Admin

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    admin = (await kafka.transport()).admin()
  })
  afterAll(() => kafka.close())

  it('are described with their configs; what does not exist is left out', async () => {
    const topic = await kafka.topic(admin, 3, { 'cleanup.policy': 'compact' })
    const described = await admin.describeTopics([topic, fresh('none')])
    expect([...described.keys()]).toEqual([topic])
    expect(described.get(topic)).toMatchObject({ name: topic, partitions: 3, configs: { 'cleanup.policy': 'compact' } })
    expect(described.get(topic)?.configs).toHaveProperty('retention.ms')
  })

  it('that exist are left alone, and the others created', async () => {
    const old = await kafka.topic(admin, 2)
    const young = fresh('young')
    const spec = { replicationFactor: -1, configs: {} }
    await admin.createTopics([
      { ...spec, name: old, partitions: 5 },
      { ...spec, name: young, partitions: 1 },
    ])
    const described = await admin.describeTopics([old, young])
    expect([described.get(old)?.partitions, described.get(young)?.partitions]).toEqual([2, 1])
  })

  it('with a config that makes no sense are refused with the reason', async () => {
    const spec = { name: fresh('bad'), partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'burn' } }
    await expect(admin.createTopics([spec])).rejects.toMatchObject({
      code: 'STREAM_BROKER_REFUSED',
      message: expect.stringContaining('burn'),
    })
  })

  it('cannot be cut above their end', async () => {
    const topic = await kafka.topic(admin, 1)
    await expect(admin.deleteRecords([{ topic, partition: 0, offset: 5 }])).rejects.toMatchObject({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
    })
    await expect(admin.deleteRecords([{ topic: fresh('none'), partition: 0, offset: 0 }])).rejects.toMatchObject({
      code: 'STREAM_TOPIC_MISSING',
    })
  })
})
