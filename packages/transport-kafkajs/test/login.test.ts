// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkajs } from '../src/index.ts'
import { KafkaFixture } from './kafka-fixture.ts'

describe('a login the broker does not take', () => {
  let kafka: KafkaFixture
  beforeAll(async () => {
    kafka = await KafkaFixture.start()
  })
  afterAll(() => kafka.close())

  it('rejects with an error that holds no secret', async () => {
    const logged: string[] = []
    const sasl = { mechanism: 'plain', username: 'bob', password: 'hunter2' } as const
    const transport = kafkajs({ brokers: kafka.broker.brokers, sasl })
    const error = await transport.open({ log: (_, message) => logged.push(message) }).catch((one) => one)
    expect(error).toMatchObject({ code: 'STREAM_AUTHENTICATION_FAILED', retryable: false })
    const texts = JSON.stringify([error.message, error.stack, error.place, `${error.cause}`, error.cause, logged])
    expect(texts).not.toContain('hunter2')
    expect(texts).not.toContain(Buffer.from('\0bob\0hunter2').toString('base64'))
  })
})
