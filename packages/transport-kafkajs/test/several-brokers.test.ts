// Needs Java and Maven: three brokers of its own are started, whose leaders and coordinators move.
import type { Admin, GroupHandle, Reader, Transport } from '@stream/core/adapter'
import { type KafkaCluster, startKafkaCluster } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkajs } from '../src/index.ts'
import { fresh, groupOptions, join, readAll, readerOptions, record, recordsOf, text } from './kafka-fixture.ts'

const timeoutMs = 120_000

describe('leaders and coordinators that move', () => {
  let cluster: KafkaCluster
  let transport: Transport
  let admin: Admin

  beforeAll(async () => {
    cluster = await startKafkaCluster()
    transport = kafkajs({ brokers: cluster.brokers, requestTimeoutMs: 5000 })
    await transport.open({ log: () => {} })
    admin = transport.admin()
  }, timeoutMs)
  afterAll(async () => {
    await transport.close()
    await cluster.close()
  })

  async function newTopic(): Promise<string> {
    const name = fresh('topic')
    await admin.createTopics([{ name, partitions: 1, replicationFactor: 3, configs: {} }])
    await cluster.untilInSync(name, 0)
    return name
  }
  const nextOf = (nodeId: number): number => (nodeId % 3) + 1

  it(
    'are followed by a producer, a reader and a member, in order and without a gap',
    async () => {
      const topic = await newTopic()
      const at = { topic, partition: 0 }
      const producer = transport.producer({ deliveryTimeoutMs: 60_000 })
      const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
      await listener.seen('assign 0')
      const reader: Reader = transport.reader(readerOptions)
      reader.assign([{ ...at, offset: 0 }])
      const seen = { member: [] as (string | null)[], reader: [] as (string | null)[] }
      const sent: string[] = []
      const sendAndSee = async (): Promise<void> => {
        const values = [`${sent.length}`, `${sent.length + 1}`]
        sent.push(...values)
        await producer.send([{ ...at, records: values.map((value) => record(null, value)) }])
        for (const [who, from] of [
          ['member', consumer],
          ['reader', reader],
        ] as const) {
          while (seen[who].length < sent.length) {
            for (const { records, error } of await from.poll({ maxWaitMs: 1000 })) {
              if (error !== undefined) throw error
              seen[who].push(...records.map((one) => text(one.value)))
            }
          }
        }
      }
      await sendAndSee()
      const { leader } = await cluster.placeOf(topic, 0)
      await cluster.moveLeader(topic, 0, nextOf(leader))
      await sendAndSee()
      const second = (await cluster.placeOf(topic, 0)).leader
      await cluster.node(second).kill()
      await sendAndSee()
      await cluster.node(second).restart()
      await sendAndSee()
      expect(seen).toEqual({ member: sent, reader: sent })
      const group = listener.group as GroupHandle
      await consumer.commit([{ ...at, offset: sent.length }], group)
      expect((await consumer.committed([at]))[0]?.offset).toBe(sent.length)
      await consumer.close({ leave: true })
    },
    timeoutMs,
  )

  it(
    'keep a member in its group and under its generation, and its commits are taken',
    async () => {
      const topic = await newTopic()
      const at = { topic, partition: 0 }
      const groupId = fresh('group')
      const { consumer, listener } = join(transport, groupOptions(groupId, [topic], { sessionTimeoutMs: 20_000 }))
      await listener.seen('assign 0')
      const group = listener.group as GroupHandle
      const first = await cluster.coordinatorOf('group', groupId)
      await cluster.moveCoordinator('group', groupId, nextOf(first))
      await consumer.commit([{ ...at, offset: 1 }], group)
      await cluster.node(nextOf(first)).kill()
      await consumer.commit([{ ...at, offset: 2 }], group)
      await cluster.node(nextOf(first)).restart()
      expect((await consumer.committed([at]))[0]?.offset).toBe(2)
      expect(listener.events).toEqual(['assign 0'])
      const other = join(transport, groupOptions(groupId, [topic], { sessionTimeoutMs: 20_000 }))
      await other.listener.seen('assign')
      await Promise.all([consumer, other.consumer].map((one) => one.close({ leave: true })))
    },
    timeoutMs,
  )

  it(
    'lose and double nothing of transactions',
    async () => {
      const topic = await newTopic()
      const at = { topic, partition: 0 }
      const groupId = fresh('group')
      const { consumer, listener } = join(transport, groupOptions(groupId, [topic], { sessionTimeoutMs: 20_000 }))
      await listener.seen('assign 0')
      const group = listener.group as GroupHandle
      const transactionalId = fresh('tx')
      const committer = transport.committer({ transactionalId, timeoutMs: 30_000 })
      await committer.init()
      const output = await newTopic()
      const committed: string[] = []
      let count = 0
      const commitSome = async (): Promise<void> => {
        for (let round = 0; round < 5; round++) {
          const value = `${count++}`
          const out = [{ topic: output, partition: 0, records: [record(null, value)] }]
          const { kind } = await committer.commit({ out, offsets: [{ ...at, offset: count }], group })
          expect(kind).not.toBe('fenced')
          if (kind === 'committed') committed.push(value)
          else await committer.init()
        }
      }
      await commitSome()
      const [coordinator, groupCoordinator, { leader }] = await Promise.all([
        cluster.coordinatorOf('transaction', transactionalId),
        cluster.coordinatorOf('group', groupId),
        cluster.placeOf(output, 0),
      ])
      await Promise.all([commitSome(), cluster.moveCoordinator('transaction', transactionalId, nextOf(coordinator))])
      await Promise.all([commitSome(), cluster.moveCoordinator('group', groupId, nextOf(groupCoordinator))])
      await Promise.all([commitSome(), cluster.moveLeader(output, 0, nextOf(leader))])
      const victim = await cluster.coordinatorOf('transaction', transactionalId)
      await Promise.all([commitSome(), cluster.node(victim).kill()])
      await cluster.node(victim).restart()
      await commitSome()
      const values = recordsOf(await readAll(transport.reader(readerOptions), { topic: output, partition: 0 }))
      expect(values.map((one) => text(one.value))).toEqual(committed)
      expect(committed.length).toBeGreaterThan(count / 2)
      await consumer.close({ leave: true })
    },
    timeoutMs,
  )
})
