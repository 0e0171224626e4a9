// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Assignor, GroupHandle, OutBatch, Producer, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokerCodes } from '../src/connection/index.ts'
import { endTxn, initProducerId, leaveGroup, txnOffsetCommit } from '../src/requests/index.ts'
import { fresh, groupOptions, join, KafkaFixture, record, text } from './kafka-fixture.ts'
import { rawCluster } from './raw-cluster.ts'

describe('group membership', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  let producer: Producer

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
    producer = transport.producer({ deliveryTimeoutMs: 10_000 })
  })
  afterAll(() => kafka.close())

  const batch = (topic: string, partition: number, values: string[]): OutBatch => ({
    topic,
    partition,
    records: values.map((value) => record(null, value)),
  })

  it('gives a lone member everything, delivers from the sought positions and goes on from what was committed', async () => {
    const topic = await kafka.topic(admin, 2)
    await producer.send([batch(topic, 0, ['a', 'b', 'c']), batch(topic, 1, ['d'])])
    const groupId = fresh('group')
    const first = join(transport, groupOptions(groupId, [topic]))
    const seen = new Map<number, string[]>([
      [0, []],
      [1, []],
    ])
    while ([...seen.values()].flat().length < 4) {
      for (const { partition, records, assignment, nextOffset, endOffset } of await first.consumer.poll({
        maxWaitMs: 5000,
      })) {
        expect(assignment).toBe(first.listener.group?.generation)
        expect([nextOffset, endOffset]).toEqual([partition === 0 ? 3 : 1, partition === 0 ? 3 : 1])
        seen.get(partition)?.push(...records.map((one) => text(one.value) as string))
      }
    }
    expect([...seen]).toEqual([
      [0, ['a', 'b', 'c']],
      [1, ['d']],
    ])
    expect(first.consumer.sinceHeartbeatMs()).toBeLessThan(3000)
    await first.consumer.commit([{ topic, partition: 0, offset: 2 }], first.listener.group as GroupHandle)
    await first.consumer.close({ leave: true })
    expect(first.consumer.sinceHeartbeatMs()).toBe(Number.POSITIVE_INFINITY)
    expect(first.listener.events).toEqual(['assign 0,1', 'revoking 0,1', 'revoked 0,1'])
    await expect(first.consumer.poll({ maxWaitMs: 1 })).rejects.toMatchObject({ code: 'STREAM_CLOSED' })

    const second = join(transport, groupOptions(groupId, [topic]))
    await second.listener.seen('assign')
    const offsets = await second.consumer.committed([0, 1].map((partition) => ({ topic, partition })))
    expect(offsets.map((one) => one.offset)).toEqual([2, undefined])
    await second.consumer.close({ leave: true })
  })

  it('hands partitions over only when the revoke has settled, however long beyond the session that takes', async () => {
    const topic = await kafka.topic(admin, 2)
    const options = groupOptions(fresh('group'), [topic], { sessionTimeoutMs: 1000, heartbeatIntervalMs: 100 })
    const a = join(transport, options)
    await a.listener.seen('assign 0,1')
    const old = a.listener.group as GroupHandle
    const order: string[] = []
    let delivered = -1
    a.listener.onRevoking = async () => {
      order.push('revoking')
      await producer.send([batch(topic, 0, ['during'])])
      delivered = (await a.consumer.poll({ maxWaitMs: 300 })).length
      await wait(1800)
      await a.consumer.commit([{ topic, partition: 0, offset: 7 }], old)
      order.push('revoked')
    }
    const b = join(transport, options)
    await b.listener.seen('assign')
    order.push('assigned to b')
    expect(order).toEqual(['revoking', 'revoked', 'assigned to b'])
    expect(delivered).toBe(0)
    await a.listener.until(() => a.listener.events.filter((one) => one.startsWith('assign')).length === 2)
    expect([...a.listener.owned, ...b.listener.owned]).toHaveLength(2)
    expect(a.listener.group?.memberId).toBe(old.memberId)
    expect(a.listener.events).not.toContain('lost 0,1')
    const [committed] = await b.consumer.committed([{ topic, partition: 0 }])
    expect(committed?.offset).toBe(7)
    await Promise.all([a.consumer.close({ leave: true }), b.consumer.close({ leave: true })])
  })

  it('refuses commits under a handle that is over', async () => {
    const topic = await kafka.topic(admin, 1)
    const groupId = fresh('group')
    const a = join(transport, groupOptions(groupId, [topic]))
    await a.listener.seen('assign')
    const old = a.listener.group as GroupHandle
    const b = join(transport, groupOptions(groupId, [topic]))
    await b.listener.seen('assign')
    await a.listener.until(() => a.listener.group?.generation !== old.generation)
    await expect(a.consumer.commit([{ topic, partition: 0, offset: 1 }], old)).rejects.toMatchObject({
      code: 'STREAM_FENCED',
    })
    await Promise.all([a.consumer.close({ leave: true }), b.consumer.close({ leave: true })])
    const c = join(transport, groupOptions(groupId, [topic]))
    await c.listener.seen('assign')
    const handle = { ...(c.listener.group as GroupHandle), memberId: 'nobody' }
    await expect(c.consumer.commit([{ topic, partition: 0, offset: 1 }], handle)).rejects.toMatchObject({
      code: 'STREAM_FENCED',
    })
    await c.consumer.close({ leave: true })
  })

  it('gives up at the deadline what a listener does not', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic], { rebalanceTimeoutMs: 700, sessionTimeoutMs: 6000 })
    const a = join(transport, options)
    await a.listener.seen('assign')
    a.listener.onRevoking = () => new Promise(() => {})
    const b = join(transport, options)
    await a.listener.seen('lost 0')
    await b.listener.seen('assign')
    await a.consumer.close({ leave: true })
    await b.consumer.close({ leave: true })
  })

  it('tells a member that was thrown out, which comes back as a new one', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic])
    const a = join(transport, options)
    await a.listener.seen('assign 0')
    const old = a.listener.group as GroupHandle
    const raw = rawCluster(kafka.broker.brokers)
    expect(await raw.sendToCoordinator('group', old.groupId, leaveGroup(old))).toBe(0)
    await a.listener.seen('lost 0')
    await a.listener.until(() => a.listener.events.at(-1) === 'assign 0')
    expect(a.listener.group?.memberId).not.toBe(old.memberId)
    raw.close()
    await a.consumer.close({ leave: true })
  })

  it('keeps nothing of the generations it went through', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    const topic = await kafka.topic(admin, 1)
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic], { heartbeatIntervalMs: 20 }))
    const raw = rawCluster(kafka.broker.brokers)
    for (let round = 1; round <= 12; round++) {
      await listener.until(() => listener.events.filter((one) => one === 'assign 0').length === round)
      const group = listener.group as GroupHandle
      expect(await raw.sendToCoordinator('group', group.groupId, leaveGroup(group))).toBe(0)
      await listener.until(() => listener.events.filter((one) => one === 'lost 0').length === round)
    }
    raw.close()
    await consumer.close({ leave: true })
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  it('ends with the error of a listener that cannot take an assignment', async () => {
    const topic = await kafka.topic(admin, 1)
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic]))
    listener.onAssign = () => Promise.reject(new Error('cannot'))
    await listener.seen('error STREAM_INTERNAL')
    expect(listener.events).toEqual(['lost 0', 'error STREAM_INTERNAL'])
    await expect(consumer.poll({ maxWaitMs: 10 })).rejects.toBe(listener.errors[0])
    await consumer.close({ leave: true })
  })

  it("runs the assignor at the leader, with every member's user data, and brings its own to each", async () => {
    const topic = await kafka.topic(admin, 4)
    const groupId = fresh('group')
    const inputs: string[] = []
    const assignor: Assignor = {
      name: 'by-user-data',
      assign: ({ members, partitions }) => {
        inputs.push(
          members
            .map((one) => `${text(one.userData)}:${one.owned.length}`)
            .toSorted()
            .join(' '),
        )
        const sorted = members.toSorted((a, b) => Buffer.compare(a.userData, b.userData))
        const all = Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }))
        return new Map(
          sorted.map((one, i) => [
            one.memberId,
            { partitions: i === 0 ? all : [], userData: Buffer.from(`for ${text(one.userData)}`) },
          ]),
        )
      },
    }
    const options = (name: string) => groupOptions(groupId, [topic], { assignor, userData: () => Buffer.from(name) })
    const b = join(transport, options('b'))
    await b.listener.seen('assign 0,1,2,3')
    const a = join(transport, options('a'))
    await a.listener.seen('assign 0,1,2,3')
    await b.listener.until(() => b.listener.events.at(-1) === 'assign ')
    expect([a, b].map((one) => text(one.listener.userData ?? null))).toEqual(['for a', 'for b'])
    expect(inputs).toEqual(['b:0', 'a:0 b:4'])
    await Promise.all([a.consumer.close({ leave: true }), b.consumer.close({ leave: true })])
  })

  it('ends with the error of an assignor that fails', async () => {
    const topic = await kafka.topic(admin, 1)
    const assignor: Assignor = {
      name: 'broken',
      assign: () => {
        throw new Error('cannot')
      },
    }
    const { consumer, listener } = join(transport, groupOptions(fresh('group'), [topic], { assignor }))
    await listener.seen('error STREAM_INTERNAL')
    await expect(consumer.poll({ maxWaitMs: 10 })).rejects.toBe(listener.errors[0])
    await consumer.close({ leave: true })
  })

  it('keeps the place of a static member that comes back, without a rebalance', async () => {
    const topic = await kafka.topic(admin, 2)
    const groupId = fresh('group')
    const options = (instanceId: string) => groupOptions(groupId, [topic], { instanceId })
    const a = join(transport, options('a'))
    await a.listener.seen('assign')
    const b = join(transport, options('b'))
    for (const { listener } of [a, b]) await listener.until(() => /^assign \d$/.test(listener.events.at(-1) ?? ''))
    const before = a.listener.group as GroupHandle
    const owned = a.listener.owned
    const events = b.listener.events.length
    await a.consumer.close({ leave: false })
    const again = join(transport, options('a'))
    await again.listener.seen('assign')
    expect(again.listener.owned).toEqual(owned)
    expect(again.listener.group).toMatchObject({ generation: before.generation, instanceId: 'a' })
    expect(again.listener.group?.memberId).not.toBe(before.memberId)
    await wait(500)
    expect(b.listener.events).toHaveLength(events)
    await expect(again.consumer.commit([{ ...owned[0]!, offset: 1 }], before)).rejects.toMatchObject({
      code: 'STREAM_FENCED',
    })
    await Promise.all([again.consumer.close({ leave: true }), b.consumer.close({ leave: true })])
  })

  it('ends a static member whose instance id another one takes', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic], { instanceId: 'same' })
    const a = join(transport, options)
    await a.listener.seen('assign')
    const b = join(transport, options)
    await b.listener.seen('assign')
    await a.listener.seen('error STREAM_FENCED')
    expect(a.listener.events).toEqual(['assign 0', 'lost 0', 'error STREAM_FENCED'])
    expect(a.listener.errors[0]?.message).toContain('same')
    await expect(a.consumer.poll({ maxWaitMs: 10 })).rejects.toMatchObject({ code: 'STREAM_FENCED' })
    await a.consumer.close({ leave: true })
    await wait(400)
    expect(b.listener.events).toEqual(['assign 0'])
    await b.consumer.close({ leave: true })
  })

  it('waits for the session of a member that went without leaving', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic], { sessionTimeoutMs: 1000, heartbeatIntervalMs: 100 })
    const a = join(transport, options)
    await a.listener.seen('assign')
    await a.consumer.close({ leave: false })
    const goneMs = performance.now()
    const b = join(transport, options)
    await b.listener.seen('assign 0')
    expect(performance.now() - goneMs).toBeGreaterThan(600)
    await b.consumer.close({ leave: true })
  })

  it('closes while the join still waits for others', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic])
    const a = join(transport, options)
    await a.listener.seen('assign')
    let release = (): void => {}
    a.listener.onRevoking = () => new Promise((resolve) => (release = resolve))
    const b = join(transport, options)
    await a.listener.seen('revoking')
    const startedMs = performance.now()
    await b.consumer.close({ leave: true })
    expect(performance.now() - startedMs).toBeLessThan(1000)
    a.listener.onRevoking = () => Promise.resolve()
    release()
    await a.listener.until(() => a.listener.events.filter((one) => one === 'assign 0').length === 2)
    await a.consumer.close({ leave: true })
  })

  it('leaves the group for a static member that was closed in its very first join', async () => {
    const topic = await kafka.topic(admin, 1)
    const groupId = fresh('group')
    const held = join(transport, groupOptions(groupId, [topic]))
    await held.listener.seen('assign')
    let release = (): void => {}
    held.listener.onRevoking = () => new Promise((resolve) => (release = resolve))
    const first = join(transport, groupOptions(groupId, [topic], { instanceId: 'first', sessionTimeoutMs: 30_000 }))
    await held.listener.seen('revoking')
    await first.consumer.close({ leave: true })
    const raw = rawCluster(kafka.broker.brokers)
    const gone = { groupId, memberId: '', instanceId: 'first', generation: -1 }
    expect(await raw.sendToCoordinator('group', groupId, leaveGroup(gone))).toBe(brokerCodes.unknownMember)
    raw.close()
    held.listener.onRevoking = () => Promise.resolve()
    release()
    await held.consumer.close({ leave: true })
  })

  it('assigns anew when a topic of the subscription appears', async () => {
    const topic = await kafka.topic(admin, 1)
    const later = fresh('later')
    const a = join(transport, groupOptions(fresh('group'), [topic, later]))
    await a.listener.seen('assign 0')
    await admin.createTopics([{ name: later, partitions: 2, replicationFactor: 1, configs: {} }])
    await a.listener.until(() => a.listener.owned.length === 3)
    await a.consumer.close({ leave: true })
  })

  it('waits for a transaction that is pending on committed offsets, at most for the session', async () => {
    const topic = await kafka.topic(admin, 1)
    const options = groupOptions(fresh('group'), [topic], { sessionTimeoutMs: 1500 })
    const a = join(transport, options)
    await a.listener.seen('assign')
    const group = a.listener.group as GroupHandle
    await a.consumer.commit([{ topic, partition: 0, offset: 1 }], group)
    const raw = rawCluster(kafka.broker.brokers)
    const transactionalId = fresh('tx')
    const { producerId, producerEpoch } = await raw.sendToCoordinator(
      'transaction',
      transactionalId,
      initProducerId(transactionalId, 60_000),
    )
    const id = { transactionalId, producerId, producerEpoch }
    const [sent] = await raw.sendToCoordinator(
      'group',
      group.groupId,
      txnOffsetCommit(5, id, group, [{ topic, partition: 0, offset: 9 }]),
    )
    expect(sent?.error).toBe(0)
    await expect(a.consumer.committed([{ topic, partition: 0 }])).rejects.toMatchObject({
      code: 'STREAM_OFFSETS_UNSTABLE',
    })
    const waiting = a.consumer.committed([{ topic, partition: 0 }])
    const ended = await raw.sendToCoordinator('transaction', transactionalId, endTxn(5, id, true))
    expect(ended.error).toBe(0)
    expect((await waiting)[0]?.offset).toBe(9)
    raw.close()
    await a.consumer.close({ leave: true })
  })
})
