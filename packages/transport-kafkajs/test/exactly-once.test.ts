// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Copier } from './copier.ts'
import { fresh, KafkaFixture, readAll, readerOptions, record, recordsOf, text } from './kafka-fixture.ts'

const partitions = [0, 1, 2, 3]

describe.each(['auto', 'classic'] as const)('exactly once, protocol %s', (transactionProtocol) => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport({ transactionProtocol })
    admin = transport.admin()
  })
  afterAll(() => kafka.close())

  it('holds while members come, go, and commit under handles that are over', async () => {
    const input = await kafka.topic(admin, partitions.length)
    const output = await kafka.topic(admin, partitions.length)
    const topics = { groupId: fresh('group'), input, output }
    const copier = (isZombie: boolean): Copier => new Copier(transport, { ...topics, isZombie })
    const producer = transport.producer({ deliveryTimeoutMs: 20_000 })
    let produced = 0
    let isLoading = true
    const load = async (): Promise<void> => {
      while (isLoading) {
        const records = Array.from({ length: 10 }, (_, i) => record(null, `${produced + i}`))
        produced += 10
        await producer.send(partitions.map((partition) => ({ topic: input, partition, records })))
        await wait(10)
      }
    }
    const loading = load()
    const steady = copier(false)
    for (let round = 0; round < 6; round++) {
      const zombie = copier(true)
      while (!zombie.isAsleep) await wait(5)
      const guest = copier(false)
      while (zombie.fencedCount === 0) await wait(5)
      await Promise.all([zombie.close(), guest.close()])
    }
    isLoading = false
    await loading
    const reader = transport.reader(readerOptions)
    const expected = Array.from({ length: produced }, (_, i) => `${i}`)
    for (const partition of partitions) {
      const position = async () => (await steady.consumer.committed([{ topic: input, partition }]))[0]?.offset
      while ((await position()) !== produced) await wait(20)
      const seen = recordsOf(await readAll(reader, { topic: output, partition })).map((one) => text(one.value))
      expect(seen).toEqual(expected)
    }
    await steady.close()
  })
})
