// Needs Java and Maven: a real Kafka is started.
import { existsSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KafkaBroker, startKafka } from '../src/index.ts'
import { answersClients } from '../src/probe.ts'

let broker: KafkaBroker
let kafka: Kafka

beforeAll(async () => {
  broker = await startKafka()
  kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } })
})

afterAll(() => broker.close())

async function produce(topic: string, values: readonly string[]): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ key: value, value })) })
  await producer.disconnect()
}

async function consume(topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `read-${topic}-${count}-${Date.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          values.push(String(message.value))
          if (values.length === count) resolve()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return values.sort()
}

async function createTopic(topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic }] })
  await admin.disconnect()
}

describe('a node', () => {
  it('takes and gives records over several partitions', async () => {
    await createTopic('flights')
    await produce('flights', ['a', 'b', 'c', 'd', 'e'])
    expect(await consume('flights', 5)).toEqual(['a', 'b', 'c', 'd', 'e'])
    const admin = kafka.admin()
    await admin.connect()
    expect(await admin.fetchTopicOffsets('flights')).toHaveLength(4)
    await admin.disconnect()
  })

  it('keeps its port and its data over a clean restart', async () => {
    await createTopic('restarted')
    await produce('restarted', ['kept'])
    const before = { port: broker.port, pid: broker.pid }
    await broker.restart()
    expect(broker.port).toBe(before.port)
    expect(broker.pid).not.toBe(before.pid)
    expect(await consume('restarted', 1)).toEqual(['kept'])
  })

  it('keeps its data over a crash', async () => {
    await createTopic('crashed')
    await produce('crashed', ['kept'])
    await broker.kill()
    expect(broker.pid).toBeUndefined()
    expect(await answersClients(broker.port)).toBe(false)
    await broker.restart()
    expect(await consume('crashed', 1)).toEqual(['kept'])
  })

  it('answers nothing while it is paused, and goes on when it is resumed', async () => {
    broker.pause()
    expect(await answersClients(broker.port)).toBe(false)
    broker.resume()
    expect(await answersClients(broker.port)).toBe(true)
  })

  it('leaves neither process nor directory behind when it is closed', async () => {
    const other = await startKafka({ transactionVersion: 0 })
    const pid = other.pid!
    const directory = /log\.dirs = (\S+)\/data/.exec(other.logTail(10_000))?.[1]
    expect(existsSync(directory!)).toBe(true)
    await other.close()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(existsSync(directory!)).toBe(false)
  })
})

describe('the feature level of transactions', () => {
  it.each([0, 2] as const)('is %i where that was asked for', async (transactionVersion) => {
    const node = await startKafka({ transactionVersion })
    const level = [...node.logTail(10_000).matchAll(/transaction\.version=(\d)/g)].at(-1)?.[1]
    await node.close()
    expect(Number(level ?? 0)).toBe(transactionVersion)
  })
})
