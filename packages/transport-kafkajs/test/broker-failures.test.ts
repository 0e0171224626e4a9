// Needs a real Apache Kafka 4.x of its own, which is killed and restarted: the harness starts one.
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, GroupHandle, Outcome, Transport } from '@stream/core/adapter'
import { type KafkaBroker, startKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkajs } from '../src/index.ts'
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

const quiet = { log: () => {} }

describe('a broker that goes away and comes back', () => {
  let broker: KafkaBroker
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin

  beforeAll(async () => {
    broker = await startKafka()
    kafka = await KafkaFixture.start(broker)
    transport = await kafka.transport({ requestTimeoutMs: 3000 })
    admin = transport.admin()
  })
  afterAll(() => kafka.close())

  it('is waited for by members, producers and committers, which go on by themselves', async () => {
    const topic = await kafka.topic(admin, 2)
    const output = await kafka.topic(admin, 1)
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic], { sessionTimeoutMs: 20_000 }))
    const producer = transport.producer({ deliveryTimeoutMs: 30_000 })
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 30_000 })
    await listener.seen('assign')
    await committer.init()
    const group = listener.group as GroupHandle
    const values: (string | null)[] = []
    const readUntil = async (count: number): Promise<void> => {
      while (values.length < count) {
        for (const { records, error } of await consumer.poll({ maxWaitMs: 1000 })) {
          if (error !== undefined) throw error
          values.push(...records.map((one) => text(one.value)))
        }
      }
    }
    await producer.send([{ topic, partition: 0, records: [record(null, '1')] }])
    await readUntil(1)
    await broker.kill()
    const sent = producer.send([
      { topic, partition: 0, records: [record(null, '2')] },
      { topic, partition: 1, records: [record(null, '3')] },
    ])
    const committed: Promise<Outcome> = committer.commit({
      out: [{ topic: output, partition: 0, records: [record(null, 'out')] }],
      offsets: [{ topic, partition: 0, offset: 2 }],
      group,
    })
    expect(await consumer.poll({ maxWaitMs: 300 })).toEqual([])
    await broker.restart()
    expect((await sent).map((one) => one.error)).toEqual([undefined, undefined])
    expect((await committed).kind).toBe('committed')
    await readUntil(3)
    expect(values.toSorted()).toEqual(['1', '2', '3'])
    await consumer.commit([{ topic, partition: 1, offset: 1 }], group)
    const offsets = await consumer.committed([0, 1].map((partition) => ({ topic, partition })))
    expect(offsets.map((one) => one.offset)).toEqual([2, 1])
    expect(listener.events.filter((one) => !one.startsWith('assign'))).toEqual([])
    expect(recordsOf(await readAll(transport.reader(readerOptions), { topic: output, partition: 0 }))).toHaveLength(1)
    await consumer.close({ leave: true })
  })

  it('decides the end of a transaction whose answer was lost when it died', async () => {
    const output = await kafka.topic(admin, 1)
    const group = { groupId: fresh('group'), memberId: 'x', generation: 1 }
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 30_000 })
    await committer.init()
    let committedCount = 0
    for (let round = 0; round < 6; round++) {
      const outcome = committer.commit({
        out: [{ topic: output, partition: 0, records: [record(null, `${round}`)] }],
        offsets: [],
        group,
      })
      if (round === 3) await wait(3)
      if (round === 3) await broker.kill()
      if (round === 3) await broker.restart()
      const { kind } = await outcome
      if (kind === 'committed') committedCount++
      else await committer.init()
    }
    const seen = recordsOf(await readAll(transport.reader(readerOptions), { topic: output, partition: 0 }))
    expect(seen).toHaveLength(committedCount)
    expect(committedCount).toBeGreaterThanOrEqual(5)
  })

  it('lets a member be closed while its listener waits for committed offsets', async () => {
    const topic = await kafka.topic(admin, 1)
    const { consumer, listener } = join(
      transport,
      groupOptions(fresh('group'), [topic], { rebalanceTimeoutMs: 60_000 }),
    )
    const told = new Promise<void>((resolve) => {
      listener.onAssign = async (partitions) => {
        broker.pause()
        resolve()
        await consumer.committed(partitions)
      }
    })
    await told
    await consumer.close({ leave: false })
    broker.resume()
    expect(listener.errors).toEqual([])
  })

  it('that answers nothing lets a send fail in its time, and takes the next one when it is back', async () => {
    const topic = await kafka.topic(admin, 1)
    const producer = transport.producer({ deliveryTimeoutMs: 1500 })
    const at = { topic, partition: 0 }
    await producer.send([{ ...at, records: [record(null, 'before')] }])
    broker.pause()
    const startedMs = performance.now()
    await expect(producer.send([{ ...at, records: [record(null, 'during')] }])).rejects.toMatchObject({
      code: 'STREAM_TIMEOUT',
      retryable: true,
    })
    expect(performance.now() - startedMs).toBeLessThan(2500)
    broker.resume()
    const patient = transport.producer({ deliveryTimeoutMs: 20_000 })
    await patient.send([{ ...at, records: [record(null, 'after')] }])
    await expect
      .poll(() => producer.send([{ ...at, records: [record(null, 'again')] }]).then(() => true), { timeout: 10_000 })
      .toBe(true)
    await broker.kill()
    await expect(producer.send([{ ...at, records: [record(null, 'dead')] }])).rejects.toMatchObject({ retryable: true })
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 700 })
    await expect(committer.init()).rejects.toMatchObject({ retryable: true })
    await broker.restart()
  })
})

describe('open()', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  afterAll(() => {
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  })

  async function listening(onSocket: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      sockets.push(socket)
      onSocket(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(server.address() as { port: number }).port}`
  }

  it('names the brokers where none is there', async () => {
    const transport = kafkajs({ brokers: ['127.0.0.1:1', '127.0.0.1:2'] })
    await expect(transport.open(quiet)).rejects.toMatchObject({
      code: 'STREAM_BROKER_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('127.0.0.1:1, 127.0.0.1:2'),
      place: { brokers: ['127.0.0.1:1', '127.0.0.1:2'] },
    })
  })

  it('does not wait for a server that says nothing', async () => {
    const silent = await listening(() => {})
    const transport = kafkajs({ brokers: [silent], connectionTimeoutMs: 300 })
    await expect(transport.open(quiet)).rejects.toMatchObject({ code: 'STREAM_BROKER_UNAVAILABLE' })
  })

  it('does not wait for one that hangs up', async () => {
    const rude = await listening((socket) => socket.end())
    await expect(kafkajs({ brokers: [rude], connectionTimeoutMs: 300 }).open(quiet)).rejects.toMatchObject({
      code: 'STREAM_BROKER_UNAVAILABLE',
    })
  })
})
