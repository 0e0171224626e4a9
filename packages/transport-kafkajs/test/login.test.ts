// Needs Java and Maven: a real Apache Kafka 4.x of its own is started, with a listener for every way of being let in.
import type { GroupHandle, StreamError } from '@stream/core/adapter'
import { type SecuredKafka, startSecuredKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KafkajsOptions, kafkajs } from '../src/index.ts'
import { fresh, groupOptions, join, record, text } from './kafka-fixture.ts'

const username = 'alice'
const password = 'alice-secret'
const wrong = 'tr0ub4dor'

describe('TLS and SASL', () => {
  let kafka: SecuredKafka
  beforeAll(async () => {
    kafka = await startSecuredKafka({ users: { [username]: password } })
  })
  afterAll(() => kafka.close())

  type Case = readonly [
    what: string,
    options: () => Partial<KafkajsOptions>,
    address: keyof SecuredKafka['addresses'] | 'plain',
  ]
  const ssl = () => ({ ca: kafka.ca })
  const login = { mechanism: 'plain', username, password } as const
  const at = (address: Case[2]): readonly string[] =>
    address === 'plain' ? kafka.broker.brokers : [kafka.addresses[address]]

  /** The error of `open()`, and everything that could be read of it. */
  async function refusal([, options, address]: Case): Promise<{ error: StreamError; everything: string }> {
    const logged: string[] = []
    const transport = kafkajs({ brokers: at(address), ...options() })
    const error = await transport.open({ log: (_, message) => logged.push(message) }).then(
      () => {
        throw new Error('it was let in')
      },
      (thrown: StreamError) => thrown,
    )
    await transport.close()
    const everything = JSON.stringify([error.message, error.stack, error.place, `${error.cause}`, error.cause, logged])
    return { error, everything }
  }

  it('carry a whole transaction: group, records, offsets', async () => {
    const transport = kafkajs({ brokers: at('saslTls'), ssl: ssl(), sasl: login })
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

  const accepted: readonly Case[] = [
    ['TLS', () => ({ ssl: ssl() }), 'tls'],
    ['TLS with a certificate of the client', () => ({ ssl: { ...ssl(), ...kafka.client } }), 'mutualTls'],
    ['PLAIN without TLS', () => ({ sasl: login }), 'sasl'],
    ['SCRAM-SHA-256', () => ({ ssl: ssl(), sasl: { ...login, mechanism: 'scram-sha-256' } }), 'saslTls'],
    ['SCRAM-SHA-512', () => ({ ssl: ssl(), sasl: { ...login, mechanism: 'scram-sha-512' } }), 'saslTls'],
  ]
  it.each(accepted)('by %s are let in', async (_, options, address) => {
    const transport = kafkajs({ brokers: at(address), ...options() })
    await transport.open({ log: () => {} })
    expect([...(await transport.admin().describeTopics(['none'])).keys()]).toEqual([])
    await transport.close()
  })

  const refusedLogins: readonly Case[] = [
    ['PLAIN', () => ({ sasl: { ...login, password: wrong } }), 'sasl'],
    ['SCRAM-SHA-256', () => ({ sasl: { ...login, mechanism: 'scram-sha-256', password: wrong } }), 'sasl'],
    [
      'SCRAM-SHA-512',
      () => ({ ssl: ssl(), sasl: { ...login, mechanism: 'scram-sha-512', password: wrong } }),
      'saslTls',
    ],
    [
      'OAUTHBEARER, which the broker does not have',
      () => ({ sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: wrong }) } }),
      'sasl',
    ],
    ['PLAIN at a listener without logins', () => ({ sasl: { ...login, password: wrong } }), 'plain'],
  ]
  it.each(refusedLogins)('with a wrong login by %s are refused, without showing it', async (...one) => {
    const { error, everything } = await refusal(one)
    expect(error).toMatchObject({ code: 'STREAM_AUTHENTICATION_FAILED', retryable: false })
    expect(error.message).toContain('`sasl`')
    expect(everything).not.toContain(wrong)
    expect(everything).not.toContain(Buffer.from(`\0${username}\0${wrong}`).toString('base64'))
  })

  const refusedCertificates: readonly Case[] = [
    ['an authority nobody knows', () => ({ ssl: true }), 'tls'],
    ['another authority', () => ({ ssl: { ca: kafka.otherCa } }), 'tls'],
    ['another host', () => ({ ssl: ssl() }), 'tlsOfOtherHost'],
    ['yesterday', () => ({ ssl: ssl() }), 'tlsExpired'],
    ['nobody on this side', () => ({ ssl: ssl() }), 'mutualTls'],
    ['a stranger on this side', () => ({ ssl: { ...ssl(), ...kafka.stranger } }), 'mutualTls'],
  ]
  it.each(refusedCertificates)('with a certificate of %s are refused', async (...one) => {
    const { error } = await refusal(one)
    expect(error).toMatchObject({ code: 'STREAM_AUTHENTICATION_FAILED', retryable: false })
    expect(error.message).toContain('`ssl`')
  })

  const otherKinds: readonly Case[] = [
    ['TLS at a listener without: leave `ssl` out', () => ({ ssl: ssl() }), 'plain'],
    ['TLS and a login at one with a login only: leave `ssl` out', () => ({ ssl: ssl(), sasl: login }), 'sasl'],
    ['nothing at a listener with TLS: set `ssl`', () => ({}), 'tls'],
    ['a login at one with TLS, too: set `ssl`', () => ({ sasl: login }), 'saslTls'],
    ['nothing at a listener that wants a login: set `sasl`', () => ({}), 'sasl'],
  ]
  it.each(otherKinds)(
    'say what may be wrong where a listener is of another kind, %s',
    async (what, options, address) => {
      const { error, everything } = await refusal([what, options, address])
      expect(error.code).toBe('STREAM_BROKER_UNAVAILABLE')
      expect(error.message).toContain(at(address)[0])
      expect(error.message).toContain(what.split(': ')[1])
      expect(everything).not.toContain(password)
    },
  )
})
