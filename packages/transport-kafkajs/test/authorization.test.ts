// Needs Java and Maven: a real Apache Kafka 4.x of its own is started, whose authorizer allows nothing that was not granted.
import type { Admin, Fetched, GroupHandle, Transport } from '@stream/core/adapter'
import { type AccessRule, type SecuredKafka, startSecuredKafka } from '@stream-internal/kafka-harness'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafkajs } from '../src/index.ts'
import { fresh, groupOptions, join, readerOptions, record } from './kafka-fixture.ts'

const everything: Readonly<Record<AccessRule['on'], AccessRule['may']>> = {
  topic: ['read', 'write', 'create', 'delete', 'describeConfigs'],
  group: ['read'],
  transactionalId: ['write'],
  cluster: [],
}

describe('without a right', () => {
  let kafka: SecuredKafka
  let owner: Transport
  let transport: Transport
  let topic: string

  beforeAll(async () => {
    kafka = await startSecuredKafka({ authorizer: true })
    owner = kafkajs({ brokers: kafka.broker.brokers })
    await owner.open({ log: () => {} })
  })
  beforeEach(async () => {
    topic = fresh('topic')
    await owner.admin().createTopics([{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
    const sasl = { mechanism: 'plain', username: 'alice', password: 'alice-secret' } as const
    transport = kafkajs({ brokers: [kafka.addresses.sasl], sasl })
    await transport.open({ log: () => {} })
  })
  afterEach(async () => {
    await transport.close()
    await kafka.disallow('alice')
  })
  afterAll(async () => {
    await owner.close()
    await kafka.close()
  })

  /** Everything but this; what is left of a resource still tells that it is there. */
  async function allowAllBut(on: AccessRule['on'], right: AccessRule['may'][number]): Promise<void> {
    const rules = Object.entries({ ...everything, [on]: everything[on].filter((one) => one !== right) }) as [
      AccessRule['on'],
      AccessRule['may'],
    ][]
    await kafka.allow(
      'alice',
      rules.filter(([, may]) => may.length > 0).map(([kind, may]) => ({ on: kind, prefix: '', may })),
    )
  }

  const denied = (operation: string, resource: string, flag: string) => ({
    code: 'STREAM_AUTHORIZATION_FAILED',
    retryable: false,
    message: expect.stringMatching(
      new RegExp(`denies ${operation} on ${resource} .*--operation ${operation} ${flag} `),
    ),
    place: expect.objectContaining({ operation, resource }),
  })

  const admins: readonly (readonly [
    AccessRule['may'][number],
    string,
    (admin: Admin, name: string) => Promise<unknown>,
  ])[] = [
    ['delete', 'Delete', (admin, name) => admin.deleteRecords([{ topic: name, partition: 0, offset: 0 }])],
    ['describeConfigs', 'DescribeConfigs', (admin, name) => admin.describeTopics([name])],
  ]
  it.each(admins)('to %s, the admin says which', async (right, operation, call) => {
    await allowAllBut('topic', right)
    await expect(call(transport.admin(), topic)).rejects.toMatchObject(denied(operation, `topic ${topic}`, '--topic'))
  })

  it('to create, the admin says which', async () => {
    await allowAllBut('topic', 'create')
    const name = fresh('topic')
    const created = transport.admin().createTopics([{ name, partitions: 1, replicationFactor: 1, configs: {} }])
    await expect(created).rejects.toMatchObject(denied('Create', `topic ${name}`, '--topic'))
  })

  it('to read a topic, a reader and a member say which', async () => {
    await allowAllBut('topic', 'read')
    const reader = transport.reader(readerOptions)
    reader.assign([{ topic, partition: 0, offset: 0 }])
    const [batch] = await reader.poll({ maxWaitMs: 10_000 })
    expect(batch?.error).toMatchObject(denied('Read', `topic ${topic}`, '--topic'))
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
    await listener.seen('assign 0')
    let fetched: Fetched | undefined
    while (fetched === undefined) [fetched] = await consumer.poll({ maxWaitMs: 1000 })
    expect(fetched.error).toMatchObject(denied('Read', `topic ${topic}`, '--topic'))
    const commit = consumer.commit([{ topic, partition: 0, offset: 0 }], listener.group as GroupHandle)
    await expect(commit).rejects.toMatchObject(denied('Read', `topic ${topic}`, '--topic'))
  })

  it('to know a topic, a member ends with it, and a reader says which', async () => {
    await kafka.allow('alice', [{ on: 'group', prefix: '', may: ['read'] }])
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
    await listener.seen('error')
    expect(listener.errors).toMatchObject([denied('Read', `topic ${topic}`, '--topic')])
    await expect(consumer.poll({ maxWaitMs: 10 })).rejects.toBe(listener.errors[0])
    const edges = transport.reader(readerOptions).startOffsets([{ topic, partition: 0 }])
    await expect(edges).rejects.toMatchObject(denied('Read', `topic ${topic}`, '--topic'))
  })

  it('to join the group, a member ends with it', async () => {
    await allowAllBut('group', 'read')
    const groupId = fresh('group')
    const { listener } = join(transport, groupOptions(groupId, [topic]))
    await listener.seen('error')
    expect(listener.errors).toMatchObject([denied('Read', `group ${groupId}`, '--group')])
  })

  it('to write, a send and a transaction say which, and nothing of it is there', async () => {
    await allowAllBut('topic', 'write')
    // Who may write to no topic at all gets no producer id either.
    await kafka.allow('alice', [{ on: 'topic', prefix: 'another', may: ['write'] }])
    const out = [{ topic, partition: 0, records: [record(null, 'never')] }]
    const sent = transport.producer({ deliveryTimeoutMs: 10_000 }).send(out)
    await expect(sent).rejects.toMatchObject(denied('Write', `topic ${topic}`, '--topic'))
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 10_000 })
    await committer.init()
    const group = { groupId: fresh('group'), memberId: '', generation: -1 }
    const outcome = await committer.commit({ out, offsets: [], group })
    expect(outcome).toMatchObject({ kind: 'aborted', cause: denied('Write', `topic ${topic}`, '--topic') })
    const [end] = await owner.reader(readerOptions).endOffsets([{ topic, partition: 0 }], 'read_uncommitted')
    expect(end?.offset).toBe(0)
  })

  it('to use a transactional id, a committer says which', async () => {
    await allowAllBut('transactionalId', 'write')
    const transactionalId = fresh('tx')
    const committer = transport.committer({ transactionalId, timeoutMs: 10_000 })
    const resource = `transactional id ${transactionalId}`
    await expect(committer.init()).rejects.toMatchObject(denied('Write', resource, '--transactional-id'))
  })

  it('to commit offsets of a group, a transaction is aborted with it', async () => {
    await allowAllBut('group', 'read')
    const committer = transport.committer({ transactionalId: fresh('tx'), timeoutMs: 10_000 })
    await committer.init()
    const group = { groupId: fresh('group'), memberId: '', generation: -1 }
    const outcome = await committer.commit({ out: [], offsets: [{ topic, partition: 0, offset: 1 }], group })
    expect(outcome).toMatchObject({ kind: 'aborted', cause: denied('Read', `group ${group.groupId}`, '--group') })
  })
})
