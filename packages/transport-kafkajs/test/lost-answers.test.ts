// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Admin,
  type GroupHandle,
  type Outcome,
  type Reader,
  StreamError,
  type Transport,
} from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaCommitter } from '../src/commit/index.ts'
import type { Cluster } from '../src/connection/index.ts'
import { Memberships } from '../src/group/index.ts'
import { KafkaProducer } from '../src/produce/index.ts'
import { Codecs } from '../src/records/index.ts'
import { fresh, KafkaFixture, readAll, readerOptions, record, recordsOf, text } from './kafka-fixture.ts'
import { rawCluster } from './raw-cluster.ts'

const uncompressed = { compression: 'none', codec: new Codecs().of } as const

/** What happens to a request: `answer` loses its answer after the broker carried it out, `request` loses it on the way. */
type Loss = 'answer' | 'request' | undefined

/** A cluster that loses, of the requests of one API, those that `decide` says. */
function losing(
  cluster: Cluster,
  apiName: string,
  decide: (attempt: number) => Loss,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): { cluster: Cluster; attempts: () => number } {
  let attempts = 0
  const around = async <T>(name: string, send: () => Promise<T>): Promise<T> => {
    if (name !== apiName) return send()
    const loss = decide(attempts++)
    if (loss !== 'request') {
      const answer = await send()
      if (loss === undefined) return answer
    }
    await meanwhile()
    throw new StreamError({
      code: 'STREAM_BROKER_UNAVAILABLE',
      message: 'the connection was cut',
      retryable: true,
      place: { request: name },
    })
  }
  const to = cluster.sendTo.bind(cluster)
  cluster.sendTo = (nodeId, request, lane) => around(request.apiName, () => to(nodeId, request, lane))
  return { cluster, attempts: () => attempts }
}

describe.each(['auto', 'classic'] as const)('when answers are lost, protocol %s', (protocol) => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  let reader: Reader
  const group: GroupHandle = { groupId: fresh('group'), memberId: 'x', generation: 1 }

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport({ transactionProtocol: protocol })
    admin = transport.admin()
    reader = transport.reader(readerOptions)
  })
  afterAll(() => kafka.close())

  function committer(
    apiName: string,
    decide: (attempt: number) => Loss,
    timeoutMs = 20_000,
    meanwhile?: () => Promise<void>,
  ) {
    const transactionalId = fresh('tx')
    const { cluster, attempts } = losing(rawCluster(kafka.broker.brokers), apiName, decide, meanwhile)
    const made = new KafkaCommitter({
      cluster,
      transactionalId,
      timeoutMs,
      protocol,
      memberships: new Memberships(),
      ...uncompressed,
      batchBytes: 100_000,
      ackTimeoutMs: 5000,
      log: () => {},
    })
    return { committer: made, transactionalId, attempts }
  }

  const batch = (topic: string, value: string) => ({
    out: [{ topic, partition: 0, records: [record(null, value)] }],
    offsets: [],
    group,
  })
  const valuesOf = async (topic: string) =>
    recordsOf(await readAll(reader, { topic, partition: 0 })).map((one) => text(one.value))
  const kind = (outcome: Outcome) => outcome.kind

  it('decides a commit whose answer was lost, whether or not it was carried out', async () => {
    const topic = await kafka.topic(admin, 1)
    const { committer: tx, attempts } = committer(
      'EndTxn',
      (attempt) => (['answer', 'request', undefined] as const)[attempt % 3],
    )
    await tx.init()
    for (let i = 0; i < 4; i++) expect(kind(await tx.commit(batch(topic, `${i}`)))).toBe('committed')
    expect(attempts()).toBe(12)
    expect(await valuesOf(topic)).toEqual(['0', '1', '2', '3'])
    await tx.close()
  })

  it('appends once, though the answers of appends are lost', async () => {
    const topic = await kafka.topic(admin, 1)
    const { committer: tx } = committer('Produce', (attempt) => (attempt % 2 === 0 ? 'answer' : undefined))
    await tx.init()
    for (let i = 0; i < 4; i++) expect(kind(await tx.commit(batch(topic, `${i}`)))).toBe('committed')
    expect(await valuesOf(topic)).toEqual(['0', '1', '2', '3'])
    await tx.close()
  })

  it('calls unknown what it cannot decide, and init() decides it', async () => {
    const topic = await kafka.topic(admin, 1)
    let isCut = true
    const { committer: tx } = committer('EndTxn', () => (isCut ? 'request' : undefined), 600)
    await tx.init()
    const outcome = await tx.commit(batch(topic, 'never'))
    expect(outcome).toMatchObject({ kind: 'unknown', cause: { code: 'STREAM_OUTCOME_UNKNOWN' } })
    isCut = false
    await tx.init()
    expect(kind(await tx.commit(batch(topic, 'after')))).toBe('committed')
    expect(await valuesOf(topic)).toEqual(['after'])
    await tx.close()
  })

  it('calls unknown a commit whose answer was lost before another worker took the id', async () => {
    const topic = await kafka.topic(admin, 1)
    const meanwhile = () => transport.committer({ transactionalId, timeoutMs: 20_000 }).init()
    const lost = (attempt: number): Loss => (attempt === 0 ? 'answer' : undefined)
    const { committer: tx, transactionalId } = committer('EndTxn', lost, 20_000, () => meanwhile())
    await tx.init()
    expect(await tx.commit(batch(topic, 'done'))).toMatchObject({
      kind: 'unknown',
      cause: { code: 'STREAM_OUTCOME_UNKNOWN' },
    })
    expect(await valuesOf(topic)).toEqual(['done'])
    await tx.close()
  })

  it('aborts what is not filled in time', async () => {
    const topic = await kafka.topic(admin, 1)
    const { committer: tx } = committer('Produce', () => 'request', 500)
    await tx.init()
    const outcome = await tx.commit(batch(topic, 'never'))
    expect(outcome).toMatchObject({ kind: 'aborted', cause: { code: 'STREAM_TIMEOUT' } })
    expect(await valuesOf(topic)).toEqual([])
    await tx.close()
  })

  if (protocol === 'auto') {
    it('a producer appends once and in order, though answers and requests are lost', async () => {
      const topic = await kafka.topic(admin, 1)
      const { cluster } = losing(
        rawCluster(kafka.broker.brokers),
        'Produce',
        (attempt) => (['answer', 'request', undefined, undefined] as const)[attempt % 4],
      )
      const producer = new KafkaProducer({
        cluster,
        ...uncompressed,
        batchBytes: 100_000,
        ackTimeoutMs: 5000,
        deliveryTimeoutMs: 20_000,
        log: () => {},
      })
      const calls = Array.from({ length: 12 }, (_, i) =>
        producer.send([{ topic, partition: 0, records: [record(null, `${i}`)] }]),
      )
      expect((await Promise.all(calls)).map(([one]) => one?.baseOffset)).toEqual(calls.map((_, i) => i))
      expect(await valuesOf(topic)).toEqual(calls.map((_, i) => `${i}`))
      await producer.close()
    })

    it('a send that came too late makes no other one append twice', async () => {
      const topic = await kafka.topic(admin, 2)
      let isCut = true
      const { cluster } = losing(rawCluster(kafka.broker.brokers), 'Produce', () => (isCut ? 'answer' : undefined))
      const producer = new KafkaProducer({
        cluster,
        ...uncompressed,
        batchBytes: 100_000,
        ackTimeoutMs: 5000,
        deliveryTimeoutMs: 1500,
        log: () => {},
      })
      const send = (partition: number) => producer.send([{ topic, partition, records: [record(null, `${partition}`)] }])
      const late = send(0).finally(() => (isCut = false))
      await wait(900)
      const other = send(1)
      await expect(late).rejects.toMatchObject({ code: 'STREAM_TIMEOUT' })
      expect(await other).toMatchObject([{ topic, partition: 1 }])
      expect(await send(0)).toMatchObject([{ topic, partition: 0, baseOffset: 1 }])
      expect(recordsOf(await readAll(reader, { topic, partition: 1 }))).toHaveLength(1)
      await producer.close()
    })
  }
})
