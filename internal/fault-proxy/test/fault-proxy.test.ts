// Needs Java and Maven: a real Kafka is started.
import { randomBytes } from 'node:crypto'
import { type KafkaCluster, kafkaJar, startKafkaCluster } from '@stream-internal/kafka-harness'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { errorCodes, FaultProxy, type Fields, KafkaProtocol } from '../src/index.ts'
import { RawClient, type Reply } from './raw-client.ts'

let cluster: KafkaCluster
let proxy: FaultProxy
let protocol: KafkaProtocol
const clients: RawClient[] = []

beforeAll(async () => {
  cluster = await startKafkaCluster({ brokers: 1, detours: 2 })
  proxy = await FaultProxy.start({ nodes: cluster.nodes })
  protocol = new KafkaProtocol(await kafkaJar('kafka-clients'))
})

afterEach(() => {
  proxy.heal()
  for (const client of clients.splice(0)) client.close()
})

afterAll(async () => {
  await proxy.close()
  await cluster.close()
})

async function connected(address: string = proxy.brokers[0]!, clientId?: string): Promise<RawClient> {
  const client = await RawClient.connect(protocol, address, clientId)
  clients.push(client)
  return client
}

const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }

const transactionalId = (): string => `tx-${randomBytes(4).toString('hex')}`

async function createTopic(topic: string): Promise<string> {
  const admin = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await admin.disconnect()
  return topic
}

function answer(reply: Reply): Fields {
  if (typeof reply === 'string') throw new Error(`an answer was expected, not ${reply}`)
  return reply
}

function asText(reply: Reply): string {
  return JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

/** A transactional producer, and calls of it. */
async function producer(client: RawClient) {
  const id = transactionalId()
  const version = 4
  const fields = { transactionalId: id, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 }
  let initialised: Fields
  do {
    initialised = answer(await client.call('InitProducerId', version, fields, 10_000))
  } while (initialised.errorCode !== 0)
  const { producerId, producerEpoch } = initialised
  const identity = { producerId, producerEpoch }
  return {
    identity: { transactionalId: id, ...identity },
    add: (topic: string) =>
      client.call('AddPartitionsToTxn', 3, {
        v3AndBelowTransactionalId: id,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      }),
    /** 0 where a transaction was open, 48 where none was. */
    end: async (committed: boolean): Promise<Reply> =>
      client.call('EndTxn', 3, { transactionalId: id, ...identity, committed }),
  }
}

const addError = (reply: Reply): unknown => {
  const [topic] = answer(reply).resultsByTopicV3AndBelow as Fields[]
  return (topic!.resultsByPartition as Fields[])[0]!.partitionErrorCode
}

describe('a proxy without faults', () => {
  it('lets a whole client through, large records included, and keeps it', async () => {
    const kafka = new Kafka({ brokers: [...proxy.brokers], clientId: 'whole', logLevel: logLevel.NOTHING })
    const topic = await createTopic('through')
    const value = randomBytes(900_000)
    const sender = kafka.producer()
    await sender.connect()
    await sender.send({ topic, messages: [{ value }, { value: 'small' }] })
    await sender.disconnect()
    const consumer = kafka.consumer({ groupId: 'through' })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const seen: Buffer[] = []
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          if (seen.push(message.value!) === 2) resolve()
        },
      })
    })
    await consumer.disconnect()
    expect(seen[0]!.equals(value)).toBe(true)
    expect(proxy.count('Produce', 'whole')).toBe(1)
    expect(proxy.count('Fetch', 'whole')).toBeGreaterThan(0)
  })

  it('shows every version the broker has', async () => {
    const [direct, through] = [await connected(cluster.brokers[0]), await connected()]
    const ask = (client: RawClient) => client.call('ApiVersions', 4, software)
    expect(await ask(through)).toEqual(await ask(direct))
  })

  it.each([
    ['Metadata', 12, { topics: [{ name: 'same' }] }],
    [
      'Fetch',
      12,
      { maxBytes: 1 << 20, topics: [{ topic: 'same', partitions: [{ partition: 0, partitionMaxBytes: 1 }] }] },
    ],
    ['OffsetFetch', 7, { groupId: 'same', topics: [{ name: 'same', partitionIndexes: [0] }] }],
    [
      'ListOffsets',
      7,
      { replicaId: -1, topics: [{ name: 'same', partitions: [{ partitionIndex: 0, timestamp: -1n }] }] },
    ],
    ['FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['same'] }],
  ] satisfies [string, number, Fields][])('reads and writes an answer of %s as it is', async (api, version, fields) => {
    await createTopic('same').catch(() => undefined)
    const [direct, through] = [await connected(cluster.brokers[0]), await connected()]
    proxy.inject({ api, effect: { kind: 'disguise', errorCode: 0 } })
    const [rewritten, plain] = [await through.call(api, version, fields), await direct.call(api, version, fields)]
    // The two listeners differ in nothing but their ports.
    const comparable = (reply: Reply) => asText(reply).replaceAll(/"port":\d+/g, '')
    expect(comparable(rewritten)).toBe(comparable(plain))
  })
})

describe('a fault', () => {
  it('loses a request: nothing comes back, the broker has not done it, the connection stays', async () => {
    const client = await connected()
    const { add, end } = await producer(client)
    const fault = proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'lose', what: 'request' } })
    const topic = await createTopic('lost-request')
    expect(await add(topic)).toBe('silence')
    expect(fault.hits).toBe(1)
    expect(answer(await end(true)).errorCode).toBe(errorCodes.invalidTransactionState)
  })

  it('loses an answer: nothing comes back, the broker has done it, the connection stays', async () => {
    const client = await connected()
    const { add, end } = await producer(client)
    proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'lose', what: 'answer' } })
    expect(await add(await createTopic('lost-answer'))).toBe('silence')
    expect(answer(await end(true)).errorCode).toBe(0)
  })

  it.each([
    ['request', errorCodes.invalidTransactionState],
    ['answer', 0],
  ] as const)('cuts the connection in place of the %s', async (what, code) => {
    const [client, other] = [await connected(), await connected()]
    const { identity, add } = await producer(client)
    proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'cut', what } })
    expect(await add(await createTopic(`cut-${what}`))).toBe('cut')
    expect(answer(await other.call('EndTxn', 3, { ...identity, committed: true })).errorCode).toBe(code)
  })

  it('delays a request or an answer, and what comes after it on the connection', async () => {
    const client = await connected()
    const { add, end } = await producer(client)
    const topic = await createTopic('delayed')
    for (const what of ['request', 'answer'] as const) {
      proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'delay', what, byMs: 700 } })
      const [late, behind] = await Promise.all([add(topic), end(true)])
      expect([late, behind]).toEqual(['silence', 'silence'])
      // Both have come by the time that a later request is answered.
      answer(await client.call('ApiVersions', 0, {}, 5_000))
    }
    expect(answer(await end(true)).errorCode).toBe(0)
  })

  it('holds a request until it is ended, and delivers it although its client is gone', async () => {
    const [client, other] = [await connected(), await connected()]
    const { identity, add } = await producer(client)
    const topic = await createTopic('held')
    const fault = proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'hold', what: 'request' } })
    expect(await add(topic)).toBe('silence')
    client.close()
    const end = async () => answer(await other.call('EndTxn', 3, { ...identity, committed: true })).errorCode
    expect(await end()).toBe(errorCodes.invalidTransactionState)
    fault.end()
    await expect.poll(end).toBe(0)
  })

  it('refuses without the broker, and disguises what the broker did', async () => {
    const topic = await createTopic('refused')
    const client = await connected()
    const { add, end } = await producer(client)
    const errorCode = errorCodes.coordinatorNotAvailable
    proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'refuse', errorCode } })
    expect(addError(await add(topic))).toBe(errorCode)
    expect(answer(await end(true)).errorCode).toBe(errorCodes.invalidTransactionState)
    proxy.inject({ api: 'AddPartitionsToTxn', effect: { kind: 'disguise', errorCode } })
    expect(addError(await add(topic))).toBe(errorCode)
    expect(answer(await end(true)).errorCode).toBe(0)
  })

  it.each([
    ['EndTxn', 5, {}, ['errorCode']],
    ['InitProducerId', 4, {}, ['errorCode']],
    ['AddOffsetsToTxn', 3, {}, ['errorCode']],
    ['Heartbeat', 3, {}, ['errorCode']],
    ['JoinGroup', 5, { memberId: 'm' }, ['errorCode']],
    ['SyncGroup', 3, {}, ['errorCode']],
    ['FindCoordinator', 4, { coordinatorKeys: ['k'] }, ['coordinators', '0', 'errorCode']],
    [
      'Produce',
      12,
      { topicData: [{ name: 't', partitionData: [{ index: 3, records: null }] }] },
      ['responses', '0', 'partitionResponses', '0', 'errorCode'],
    ],
    [
      'TxnOffsetCommit',
      5,
      { topics: [{ name: 't', partitions: [{ partitionIndex: 3, committedOffset: 1n }] }] },
      ['topics', '0', 'partitions', '0', 'errorCode'],
    ],
    [
      'OffsetCommit',
      8,
      { topics: [{ name: 't', partitions: [{ partitionIndex: 3, committedOffset: 1n }] }] },
      ['topics', '0', 'partitions', '0', 'errorCode'],
    ],
    [
      'Fetch',
      11,
      { topics: [{ topic: 't', partitions: [{ partition: 3 }] }] },
      ['responses', '0', 'partitions', '0', 'errorCode'],
    ],
  ] satisfies [string, number, Fields, string[]][])(
    'refuses %s where its answer has the error',
    async (api, version, fields, place) => {
      const client = await connected()
      proxy.inject({ api, effect: { kind: 'refuse', errorCode: 42 } })
      const reply = answer(await client.call(api, version, fields))
      expect(place.reduce<unknown>((value, name) => (value as Fields)[name], reply)).toBe(42)
      if (place.length > 3) expect(asText(reply)).toMatch(/"(partitionIndex|index)":3/)
    },
  )

  it('shows an answer that passes', async () => {
    const shown: Fields[] = []
    proxy.inject({ api: 'Heartbeat', effect: { kind: 'show', to: (one) => void shown.push(one) } })
    const reply = answer(await (await connected()).call('Heartbeat', 3, { groupId: 'nobody' }))
    expect(reply.errorCode).toBe(errorCodes.unknownMember)
    expect(shown).toEqual([reply])
  })

  it('strikes whom, when and how often it was told to, and counts', async () => {
    const [one, two] = [await connected(undefined, 'one'), await connected(undefined, 'two')]
    const fault = proxy.inject({
      api: ['ApiVersions', 'Metadata'],
      clientId: 'one',
      when: ({ version }) => version === 0,
      after: 1,
      times: 2,
      effect: { kind: 'lose', what: 'answer' },
    })
    const lost = async (client: RawClient, version = 0) =>
      (await client.call('ApiVersions', version, {}, 200)) === 'silence'
    expect([await lost(two), await lost(one, 1), await lost(one)]).toEqual([false, false, false])
    expect([await lost(one), await lost(two), await lost(one), await lost(one)]).toEqual([true, false, true, false])
    expect(fault.hits).toBe(2)
    await fault.struck(2)
    expect(proxy.count('ApiVersions', 'one')).toBe(5)
  })

  it('strikes by chance as its seed has it', async () => {
    const seen: unknown[][] = []
    for (const seed of [1, 1, 2]) {
      const own = await FaultProxy.start({ nodes: cluster.nodes, detour: 1, seed })
      const client = await connected(own.brokers[0])
      own.inject({ api: 'Heartbeat', times: 50, probability: 0.5, effect: { kind: 'refuse', errorCode: 7 } })
      const course: unknown[] = []
      for (let at = 0; at < 20; at++)
        course.push(answer(await client.call('Heartbeat', 3, { groupId: 'nobody' })).errorCode)
      await own.close()
      seen.push(course)
    }
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]).not.toEqual(seen[2])
    expect(new Set(seen[0])).toEqual(new Set([7, errorCodes.unknownMember]))
  })
})

describe('an older broker', () => {
  it('shows no hidden version and no hidden feature, and ends the connection on both', async () => {
    const older = await FaultProxy.start({
      nodes: cluster.nodes,
      detour: 1,
      hidden: {
        apis: { EndTxn: 3, TxnOffsetCommit: 3, ConsumerGroupHeartbeat: -1 },
        features: { 'transaction.version': 0 },
      },
    })
    const client = await connected(older.brokers[0])
    const shown = answer(await client.call('ApiVersions', 3, software))
    const highest = (api: string) =>
      (shown.apiKeys as Fields[]).find(({ apiKey }) => apiKey === protocol.keyOf(api))?.maxVersion
    expect(['EndTxn', 'TxnOffsetCommit', 'ConsumerGroupHeartbeat'].map(highest)).toEqual([3, 3, undefined])
    expect((shown.finalizedFeatures as Fields[]).map(({ name }) => name)).not.toContain('transaction.version')
    expect((shown.finalizedFeatures as Fields[]).map(({ name }) => name)).toContain('metadata.version')
    expect(await client.call('EndTxn', 4, {})).toBe('cut')
    await older.close()
  })
})

describe('a broker that cannot be reached', () => {
  it('has no connection left and takes no new one until it is healed', async () => {
    const client = await connected()
    proxy.isolate(1)
    expect(await client.call('ApiVersions', 0, {})).toBe('cut')
    const barred = await connected()
    expect(await barred.call('ApiVersions', 0, {})).toBe('cut')
    proxy.heal()
    expect(answer(await (await connected()).call('ApiVersions', 0, {})).errorCode).toBe(0)
  })
})
