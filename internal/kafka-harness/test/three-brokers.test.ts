// Needs Java and Maven: a real Kafka is started.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KafkaCluster, startKafkaCluster } from '../src/index.ts'

let cluster: KafkaCluster

beforeAll(async () => {
  cluster = await startKafkaCluster({ detours: 1 })
}, 150_000)

afterAll(() => cluster.close())

const others = (nodeId: number): number[] => cluster.nodes.map((node) => node.nodeId).filter((one) => one !== nodeId)

async function createTopic(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [...cluster.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await admin.disconnect()
}

describe('three brokers', () => {
  it('hold a copy of every partition each', async () => {
    await createTopic('copied')
    await cluster.untilInSync('copied', 0)
    expect((await cluster.placeOf('copied', 0)).inSync.toSorted()).toEqual([1, 2, 3])
  })

  it('lead and coordinate where they are told to', async () => {
    await createTopic('moved')
    for (const to of others((await cluster.placeOf('moved', 0)).leader)) {
      await cluster.moveLeader('moved', 0, to)
      expect((await cluster.placeOf('moved', 0)).leader).toBe(to)
    }
    for (const kind of ['group', 'transaction'] as const) {
      for (const to of others(await cluster.coordinatorOf(kind, 'some-key'))) {
        await cluster.moveCoordinator(kind, 'some-key', to)
        expect(await cluster.coordinatorOf(kind, 'some-key')).toBe(to)
      }
    }
  })

  it.each(['kill', 'pause'] as const)('go on without one after its %s, and take it back', async (end) => {
    const topic = `after-${end}`
    await createTopic(topic)
    await cluster.untilInSync(topic, 0)
    const victim = (await cluster.placeOf(topic, 0)).leader
    await cluster.node(victim)[end]()
    await expect.poll(async () => (await cluster.placeOf(topic, 0)).leader, { timeout: 10_000 }).not.toBe(victim)
    if (end === 'pause') cluster.node(victim).resume()
    else await cluster.node(victim).restart()
    await cluster.untilInSync(topic, 0)
  })
})

describe('a detour', () => {
  it('sends clients who come by its port to another one, where nobody listens by itself', async () => {
    const { port } = cluster.nodes[0]!.detours[0]!
    const admin = new Kafka({
      brokers: [`127.0.0.1:${port}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    }).admin()
    const advertised = cluster.nodes.map(({ detours }) => detours[0]!.advertisedPort)
    await admin.connect()
    await expect(admin.describeCluster()).rejects.toThrow(
      new RegExp(`ECONNREFUSED 127.0.0.1:(${advertised.join('|')})$`),
    )
    await admin.disconnect()
  })
})
