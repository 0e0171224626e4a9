// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Fetched, OutRecord, Producer, Reader, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch } from '../src/records/index.ts'
import { endTxn, initProducerId, produce } from '../src/requests/index.ts'
import {
  fresh,
  groupOptions,
  join,
  KafkaFixture,
  readAll,
  readerOptions,
  record,
  recordsOf,
  text,
} from './kafka-fixture.ts'
import { rawCluster } from './raw-cluster.ts'

describe('reading', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  let producer: Producer
  let reader: Reader

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
    producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    reader = transport.reader(readerOptions)
  })
  afterAll(() => kafka.close())

  const numbered = (count: number, bytes = 10): OutRecord[] =>
    Array.from({ length: count }, (_, i) => record(`${i}`, `${i}`.padEnd(bytes, '.')))

  it.each(['none', 'gzip'] as const)(
    'brings back what was sent, null and empty kept apart (compression %s)',
    async (compression) => {
      const topic = await kafka.topic(admin, 1)
      const compressing = (await kafka.transport({ compression })).producer({ deliveryTimeoutMs: 10_000 })
      const records: OutRecord[] = [
        { key: null, value: null, timestamp: 1_000_000_000_000 + (Date.now() % 1000) },
        { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: Date.now() },
        {
          key: Buffer.from([0, 255, 128]),
          value: Buffer.from('x'.repeat(500)),
          timestamp: Date.now() - 5000,
          headers: [
            ['a', Buffer.from([0xff, 0])],
            ['ä', null],
            ['a', Buffer.alloc(0)],
          ],
        },
      ]
      records[0] = { ...records[0]!, timestamp: Date.now() }
      const [produced] = await compressing.send([{ topic, partition: 0, records }])
      expect(produced).toEqual({ topic, partition: 0, baseOffset: 0 })
      const read = recordsOf(await readAll(reader, { topic, partition: 0 }))
      expect(read.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))).toEqual(
        records.map((one) => ({ headers: [], ...one })),
      )
    },
  )

  it('steps over commit markers and aborted records, and tells the position behind them', async () => {
    const topic = await kafka.topic(admin, 1)
    const at = { topic, partition: 0 }
    const raw = rawCluster(kafka.broker.brokers)
    const transactionalId = fresh('tx')
    let id = await raw.sendToCoordinator('transaction', transactionalId, initProducerId(transactionalId, 60_000))
    const { led } = await raw.byLeader([at])
    const leader = [...led.keys()][0] as number
    const send = async (value: string, commit: boolean): Promise<void> => {
      const identity = { ...id, baseSequence: 0, transactional: true }
      const bytes = encodeBatch([record(null, value)], 0, 1, identity)
      for (;;) {
        const [answer] = await raw.sendTo(
          leader,
          produce({ version: 12, transactionalId, timeoutMs: 5000, parts: [{ ...at, bytes }] }),
        )
        if (answer?.error === 0) break
        expect(answer?.error).toBe(51)
        await wait(10)
      }
      id = await raw.sendToCoordinator('transaction', transactionalId, endTxn(5, { transactionalId, ...id }, commit))
      expect(id.error).toBe(0)
    }
    await send('aborted', false)
    await send('committed', true)
    await send('aborted too', false)
    const committed = await readAll(reader, at)
    expect(recordsOf(committed).map((one) => [one.offset, text(one.value)])).toEqual([[2, 'committed']])
    expect(committed.at(-1)?.nextOffset).toBe(6)
    const everything = transport.reader({ ...readerOptions, isolation: 'read_uncommitted' })
    const all = await readAll(everything, at)
    expect(recordsOf(all).map((one) => one.offset)).toEqual([0, 2, 4])
    raw.close()
    await everything.close()
  })

  it('tells the log end and the last stable offset apart while a transaction is open', async () => {
    const topic = await kafka.topic(admin, 1)
    const at = { topic, partition: 0 }
    await producer.send([{ ...at, records: numbered(2) }])
    const raw = rawCluster(kafka.broker.brokers)
    const transactionalId = fresh('tx')
    const id = await raw.sendToCoordinator('transaction', transactionalId, initProducerId(transactionalId, 60_000))
    const { led } = await raw.byLeader([at])
    const bytes = encodeBatch([record(null, 'open')], 0, 1, { ...id, baseSequence: 0, transactional: true })
    const request = produce({ version: 12, transactionalId, timeoutMs: 5000, parts: [{ ...at, bytes }] })
    expect((await raw.sendTo([...led.keys()][0] as number, request))[0]?.error).toBe(0)
    expect(await reader.startOffsets([at])).toEqual([{ ...at, offset: 0 }])
    expect(await reader.endOffsets([at], 'read_uncommitted')).toEqual([{ ...at, offset: 3 }])
    expect(await reader.endOffsets([at], 'read_committed')).toEqual([{ ...at, offset: 2 }])
    await raw.sendToCoordinator('transaction', transactionalId, endTxn(5, { transactionalId, ...id }, false))
    raw.close()
  })

  it('reads many partitions at once, each in order, in batches of the size asked for', async () => {
    const topic = await kafka.topic(admin, 8)
    const small = transport.reader({ ...readerOptions, maxPartitionBytes: 4096, maxPollBytes: 20_000 })
    const partitions = Array.from({ length: 8 }, (_, partition) => ({ topic, partition }))
    for (let round = 0; round < 10; round++) {
      await producer.send(partitions.map((at) => ({ ...at, records: numbered(30, 100) })))
    }
    small.assign(partitions.map((at) => ({ ...at, offset: 0 })))
    const seen = partitions.map((): number[] => [])
    while (seen.some((one) => one.length < 300)) {
      const batches = await small.poll({ maxWaitMs: 5000 })
      expect(batches.reduce((sum, one) => sum + one.sizeBytes, 0)).toBeLessThan(20_000)
      for (const { partition, records } of batches) seen[partition]?.push(...records.map((one) => one.offset))
    }
    for (const offsets of seen) expect(offsets).toEqual(Array.from({ length: 300 }, (_, i) => i))
    await small.close()
  })

  it('delivers nothing of a paused partition, keeps its place, and drops what a seek leaves behind', async () => {
    const topic = await kafka.topic(admin, 2)
    await producer.send([0, 1].map((partition) => ({ topic, partition, records: numbered(5) })))
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
    await listener.seen('assign')
    const take = async (batches: number): Promise<Fetched[]> => {
      const taken: Fetched[] = []
      while (taken.length < batches) taken.push(...(await consumer.poll({ maxWaitMs: 5000 })))
      return taken
    }
    expect((await take(2)).map((one) => one.nextOffset)).toEqual([5, 5])
    consumer.pause([{ topic, partition: 1 }])
    await producer.send([0, 1].map((partition) => ({ topic, partition, records: numbered(1) })))
    expect((await take(1)).map((one) => [one.partition, one.nextOffset])).toEqual([[0, 6]])
    expect(await consumer.poll({ maxWaitMs: 300 })).toEqual([])
    consumer.resume([{ topic, partition: 1 }])
    expect((await take(1)).map((one) => [one.partition, one.records[0]?.offset])).toEqual([[1, 5]])
    consumer.seek([
      { topic, partition: 0, offset: 3 },
      { topic: 'not-owned', partition: 0, offset: 0 },
    ])
    const again = await take(1)
    expect(again.map((one) => [one.partition, one.records.map((r) => r.offset)])).toEqual([[0, [3, 4, 5]]])
    await consumer.close({ leave: true })
  })

  it('serves a busy partition while others are idle', async () => {
    const topic = await kafka.topic(admin, 3)
    const patient = transport.reader({ ...readerOptions, fetchWaitMs: 5000 })
    patient.assign([0, 1, 2].map((partition) => ({ topic, partition, offset: 0 })))
    expect(await patient.poll({ maxWaitMs: 100 })).toEqual([])
    patient.assign([{ topic, partition: 1, offset: 0 }])
    for (let round = 0; round < 20; round++) {
      await producer.send([{ topic, partition: 1, records: numbered(1) }])
      const startedMs = performance.now()
      const [batch] = await patient.poll({ maxWaitMs: 4000 })
      expect(batch?.nextOffset).toBe(round + 1)
      expect(performance.now() - startedMs).toBeLessThan(1000)
    }
    await patient.close()
  })

  it('reports a position outside the log with its bounds, and reads on after a seek', async () => {
    const topic = await kafka.topic(admin, 1)
    const at = { topic, partition: 0 }
    await producer.send([{ ...at, records: numbered(10) }])
    await admin.deleteRecords([{ ...at, offset: 4 }])
    expect(await reader.startOffsets([at])).toEqual([{ ...at, offset: 4 }])
    for (const offset of [1, 99]) {
      reader.assign([{ ...at, offset }])
      const [batch] = await reader.poll({ maxWaitMs: 5000 })
      expect(batch).toMatchObject({ records: [], nextOffset: offset })
      expect(batch?.error?.code).toBe('STREAM_OFFSET_OUT_OF_RANGE')
      expect(batch?.error?.place).toMatchObject({ topic, partition: 0, offset, logStart: 4, logEnd: 10 })
      expect(await reader.poll({ maxWaitMs: 200 })).toEqual([])
    }
    reader.assign([{ ...at, offset: 4 }])
    expect((await reader.poll({ maxWaitMs: 5000 }))[0]?.records[0]?.offset).toBe(4)
    reader.unassign([at])
  })

  it('reports a topic that does not exist', async () => {
    const at = { topic: fresh('none'), partition: 0 }
    const own = transport.reader(readerOptions)
    own.assign([{ ...at, offset: 0 }])
    const [batch] = await own.poll({ maxWaitMs: 15_000 })
    expect(batch?.error?.code).toBe('STREAM_TOPIC_MISSING')
    await expect(own.endOffsets([at], 'read_committed')).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
    await own.close()
  })
})
