// Needs a real Apache Kafka 4.x of its own, with a listener that wants TLS and a login: the harness starts one, keytool makes its key.
import type { GroupHandle } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KafkajsOptions, kafkajs } from '../src/index.ts'
import { fresh, groupOptions, join, record, text } from './kafka-fixture.ts'
import { type SecuredKafka, startSecuredKafka } from './secured-kafka.ts'

describe('TLS and SASL', () => {
  let kafka: SecuredKafka
  beforeAll(async () => {
    kafka = await startSecuredKafka()
  })
  afterAll(() => kafka.broker.close())

  const secured = (more: Partial<KafkajsOptions> = {}): KafkajsOptions => ({
    brokers: [kafka.address],
    ssl: { ca: kafka.ca },
    sasl: { mechanism: 'plain', username: kafka.username, password: kafka.password },
    ...more,
  })

  async function refusal(options: KafkajsOptions): Promise<{ code: string; everything: string }> {
    const logged: string[] = []
    const error = await kafkajs(options)
      .open({ log: (_, message) => logged.push(message) })
      .catch((one) => one)
    const everything = JSON.stringify([error.message, error.stack, error.place, `${error.cause}`, error.cause, logged])
    return { code: error.code, everything }
  }

  it('carry a whole transaction: group, records, offsets', async () => {
    const transport = kafkajs(secured())
    await transport.open({ log: () => {} })
    const topic = fresh('topic')
    await transport.admin().createTopics([{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
    await listener.seen('assign 0')
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 10_000 })
    await committer.init()
    const outcome = await committer.commit({
      out: [{ topic, partition: 0, records: [record('k', 'secured')] }],
      offsets: [{ topic, partition: 0, offset: 0 }],
      group: listener.group as GroupHandle,
    })
    expect(outcome.kind).toBe('committed')
    const values: (string | null)[] = []
    while (values.length === 0) {
      for (const { records } of await consumer.poll({ maxWaitMs: 1000 }))
        values.push(...records.map((one) => text(one.value)))
    }
    expect(values).toEqual(['secured'])
    await transport.close()
  })

  it('with a wrong password are refused, without showing it', async () => {
    const sasl = { mechanism: 'plain', username: kafka.username, password: 'tr0ub4dor' } as const
    const { code, everything } = await refusal(secured({ sasl }))
    expect(code).toBe('STREAM_AUTHENTICATION_FAILED')
    expect(everything).not.toContain('tr0ub4dor')
    expect(everything).not.toContain(Buffer.from(`\0${kafka.username}\0tr0ub4dor`).toString('base64'))
  })

  it('with a mechanism the broker does not have are refused', async () => {
    const sasl = { mechanism: 'scram-sha-256', username: 'bob', password: 'tr0ub4dor' } as const
    const { code, everything } = await refusal(secured({ sasl }))
    expect(code).toBe('STREAM_AUTHENTICATION_FAILED')
    expect(everything).not.toContain('tr0ub4dor')
  })

  it('with a certificate nobody vouches for are refused', async () => {
    expect((await refusal(secured({ ssl: true }))).code).toBe('STREAM_AUTHENTICATION_FAILED')
  })

  it('at a listener that knows neither are refused', async () => {
    const plain = kafka.broker.brokers
    const { code, everything } = await refusal(secured({ brokers: plain, ssl: false }))
    expect(code).toBe('STREAM_AUTHENTICATION_FAILED')
    expect(everything).not.toContain(kafka.password)
  })
})
