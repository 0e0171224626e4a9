// Needs a real Apache Kafka 4.x of its own, formatted without the transactions of KIP-890: the harness starts one.

import type { GroupHandle } from '@stream/core/adapter'
import { type KafkaBroker, startKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

describe('a broker of transaction.version 1', () => {
  let broker: KafkaBroker
  let kafka: KafkaFixture
  beforeAll(async () => {
    broker = await startKafka({ transactionVersion: 1 })
    kafka = await KafkaFixture.start(broker)
  })
  afterAll(() => kafka.close())

  it('gets the classic protocol by itself, with fencing by id and by generation', async () => {
    const transport = await kafka.transport()
    const admin = transport.admin()
    const input = await kafka.topic(admin, 1)
    const output = await kafka.topic(admin, 1)
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [input]))
    await listener.seen('assign')
    const transactionalId = fresh('tx')
    const committer = transport.committer({ transactionalId, timeoutMs: 10_000 })
    await committer.init()
    const group = listener.group as GroupHandle
    const request = (value: string) => ({
      out: [{ topic: output, partition: 0, records: [record(null, value)] }],
      offsets: [{ topic: input, partition: 0, offset: 1 }],
      group,
    })
    for (const value of ['1', '2', '3']) expect((await committer.commit(request(value))).kind).toBe('committed')
    const stale = { ...request('zombie'), group: { ...group, generation: group.generation - 1 } }
    expect((await committer.commit(stale)).kind).toBe('fenced')
    await committer.init()
    await transport.committer({ transactionalId, timeoutMs: 10_000 }).init()
    expect((await committer.commit(request('replaced'))).kind).toBe('fenced')
    const seen = recordsOf(await readAll(transport.reader(readerOptions), { topic: output, partition: 0 }))
    expect(seen.map((one) => text(one.value))).toEqual(['1', '2', '3'])
    await consumer.close({ leave: true })
  })
})
