// Needs node-rdkafka's binary and a real Apache Kafka: the harness starts one, or KAFKA_BROKERS names it.
import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { called, codesByText, connect, loadClient, type NativeProducer } from '../src/native/index.ts'
import { RdkafkaProducer, TopicLimits } from '../src/produce/index.ts'
import { fresh, groupOptions, join, KafkaFixture, readAll, readerOptions, record, recordsOf } from './kafka-fixture.ts'

describe('what node-rdkafka does by itself, and does not do here', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
  })
  afterAll(() => kafka.close())

  it('consumers that wait hold no thread of the pool: files are read meanwhile', async () => {
    const topic = await kafka.topic(admin, 1)
    const readers = Array.from({ length: 6 }, () => transport.reader(readerOptions))
    for (const reader of readers) reader.assign([{ topic, partition: 0, offset: 0 }])
    for (const reader of readers) await reader.poll({ maxWaitMs: 1000 })
    let hasAnswered = false
    const polls = Promise.race(readers.map((reader) => reader.poll({ maxWaitMs: 4000 }))).then(() => {
      hasAnswered = true
    })
    for (let i = 0; i < 100; i++) await stat('.')
    expect(hasAnswered).toBe(false)
    await polls
    await Promise.all(readers.map((reader) => reader.close()))
  })

  it('records that trickle in are delivered as they come, not when a batch is full or a time is over', async () => {
    const topic = await kafka.topic(admin, 1)
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    const reader = transport.reader(readerOptions)
    reader.assign([{ topic, partition: 0, offset: 0 }])
    const sending = (async () => {
      for (let i = 0; i < 200; i++) {
        await producer.send([{ topic, partition: 0, records: [record(null, `${i}`)] }])
        await wait(5)
      }
    })()
    let count = 0
    let answers = 0
    while (count < 200) {
      const batches = await reader.poll({ maxWaitMs: 1000 })
      const arrived = recordsOf(batches).length
      count += arrived
      if (arrived > 0) answers++
    }
    await sending
    expect(answers).toBeGreaterThan(20)
    await Promise.all([reader.close(), producer.close()])
  })

  it('records that arrive are not reported one by one, and none that failed goes unnoticed', async () => {
    const topic = await kafka.topic(admin, 1, { 'max.message.bytes': '20000' })
    const library = loadClient()
    let reports = 0
    const producer = new RdkafkaProducer({
      create: () => {
        const properties = { 'bootstrap.servers': kafka.broker.brokers.join(','), 'delivery.report.only.error': true }
        const more = { 'enable.idempotence': true, 'linger.ms': 1000, 'batch.size': 1_048_576, dr_cb: true }
        const client: NativeProducer = new library.Producer({ ...properties, ...more }, {})
        client.on('delivery-report', () => {
          reports++
        })
        return client
      },
      byText: codesByText(library),
      limits: new TopicLimits(524_288),
      deliveryTimeoutMs: 10_000,
      connectTimeoutMs: 5000,
      log: () => {},
      onClose: () => {},
    })
    const small = Array.from({ length: 200 }, (_, i) => record(null, `${i}`))
    await producer.send([{ topic, partition: 0, records: small }])
    expect(reports).toBe(0)
    const large = Array.from({ length: 150 }, () => ({ ...record(null, 'x'.repeat(30_000)) }))
    const [produced] = await producer.send([{ topic, partition: 0, records: large }])
    expect(produced?.error?.place.refused).toHaveLength(150)
    expect(produced?.refused).toBe(0)
    await producer.close()
  })

  it('an offset of a consumer that never joined is taken unfenced by the client, and refused here', async () => {
    const topic = await kafka.topic(admin, 1)
    const groupId = fresh('group')
    const { consumer, listener } = join(transport, groupOptions(groupId, [topic]))
    await listener.seen('assign 0')
    const library = loadClient()
    const common = { 'bootstrap.servers': kafka.broker.brokers.join(',') }
    const raw = new library.Producer({ ...common, 'transactional.id': fresh('raw') }, {})
    const stranger = new library.KafkaConsumer({ ...common, 'group.id': groupId }, {})
    await Promise.all([connect(raw, 5000), connect(stranger, 5000)])
    await called((done) => raw.initTransactions(10_000, done))
    await called((done) => raw.beginTransaction(done))
    const offsets = [{ topic, partition: 0, offset: 5 }]
    await called((done) => raw.sendOffsetsToTransaction(offsets, stranger, 5000, done))
    await called((done) => raw.abortTransaction(-1, done))
    await called((done) => raw.disconnect(100, done))
    await called((done) => stranger.disconnect(done))
    const committer = transport.committer({ transactionalId: fresh('own'), timeoutMs: 10_000 })
    await committer.init()
    const group = { groupId, memberId: 'never-joined', generation: 1 }
    expect((await committer.commit({ out: [], offsets, group })).kind).toBe('fenced')
    expect((await consumer.committed([{ topic, partition: 0 }]))[0]?.offset).toBeUndefined()
    await committer.close()
    await consumer.close({ leave: true })
  })

  it('a client is let go of under load, again and again, without taking the process with it', async () => {
    const topic = await kafka.topic(admin, 4)
    const producer = transport.producer({ deliveryTimeoutMs: 20_000 })
    const records = Array.from({ length: 5000 }, (_, i) => record(`${i}`, 'x'.repeat(100)))
    await producer.send([0, 1, 2, 3].map((partition) => ({ topic, partition, records })))
    await producer.close()
    for (let round = 0; round < 10; round++) {
      const reader = transport.reader(readerOptions)
      reader.assign([0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 })))
      await reader.poll({ maxWaitMs: 2000 })
      const polling = reader.poll({ maxWaitMs: 2000 }).catch(() => [])
      await reader.close()
      await polling
    }
    const reader = transport.reader(readerOptions)
    expect(recordsOf(await readAll(reader, { topic, partition: 0 }))).toHaveLength(5000)
    await reader.close()
  })
})
