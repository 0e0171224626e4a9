// Needs Java and Maven: a real Kafka is started.
import type { ConnectionOptions } from 'node:tls'
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SecuredKafka, startSecuredKafka } from '../src/index.ts'

let kafka: SecuredKafka

beforeAll(async () => {
  kafka = await startSecuredKafka({ users: { alice: 'alice-secret', bob: 'bob-secret' }, authorizer: true })
})

afterAll(() => kafka.close())

function client(address: string, options: Partial<KafkaConfig>): Kafka {
  return new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...options })
}

/** Connects and lists topics; that takes a session, but no rule. */
async function visit(address: string, options: Partial<KafkaConfig>): Promise<'let in'> {
  const admin = client(address, options).admin()
  try {
    await admin.connect()
    await admin.listTopics()
    return 'let in'
  } finally {
    await admin.disconnect()
  }
}

const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = 'alice-secret'): SASLOptions =>
  ({ mechanism, username: 'alice', password }) as SASLOptions

describe('a listener with TLS', () => {
  const trusting = (): ConnectionOptions => ({ ca: kafka.ca })

  it('lets in who trusts its authority', async () => {
    expect(await visit(kafka.addresses.tls, { ssl: trusting() })).toBe('let in')
  })

  it('is refused by who trusts another authority, another host or today’s date', async () => {
    const { tls, tlsOfOtherHost, tlsExpired } = kafka.addresses
    await expect(visit(tls, { ssl: { ca: kafka.otherCa } })).rejects.toThrow(/certificate/)
    await expect(visit(tlsOfOtherHost, { ssl: trusting() })).rejects.toThrow(/altnames/)
    await expect(visit(tlsExpired, { ssl: trusting() })).rejects.toThrow(/expired/)
  })

  it('that wants a certificate lets in those of its authority, and nobody else', async () => {
    const { mutualTls } = kafka.addresses
    expect(await visit(mutualTls, { ssl: { ...trusting(), ...kafka.client } })).toBe('let in')
    await expect(visit(mutualTls, { ssl: { ...trusting(), ...kafka.stranger } })).rejects.toThrow()
    await expect(visit(mutualTls, { ssl: trusting() })).rejects.toThrow()
  })
})

describe.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('a login by %s', (mechanism) => {
  it('is taken with the password and refused with another one, with TLS and without', async () => {
    const { sasl, saslTls } = kafka.addresses
    const ssl = { ca: kafka.ca }
    expect(await visit(sasl, { sasl: login(mechanism) })).toBe('let in')
    expect(await visit(saslTls, { ssl, sasl: login(mechanism) })).toBe('let in')
    await expect(visit(sasl, { sasl: login(mechanism, 'wrong') })).rejects.toThrow(/uthentication/)
    await expect(visit(saslTls, { ssl, sasl: login(mechanism, 'wrong') })).rejects.toThrow(/uthentication/)
  })
})

describe('the authorizer', () => {
  it('lets a user do what was allowed, and no more, until it is taken away', async () => {
    const admin = client(kafka.addresses.sasl, { sasl: login('plain') }).admin()
    await admin.connect()
    const create = (topic: string) => admin.createTopics({ topics: [{ topic }] })
    await expect(create('mine-1')).rejects.toThrow()
    await kafka.allow('alice', [{ on: 'topic', prefix: 'mine-', may: ['create', 'describe'] }])
    expect(await create('mine-1')).toBe(true)
    await expect(create('yours-1')).rejects.toThrow()
    await kafka.disallow('alice')
    await expect(create('mine-2')).rejects.toThrow()
    await admin.disconnect()
  })

  it('holds nobody at the plain listener', async () => {
    const admin = client(kafka.broker.brokers[0]!, {}).admin()
    await admin.connect()
    expect(await admin.createTopics({ topics: [{ topic: 'anyone' }] })).toBe(true)
    await admin.disconnect()
  })
})
