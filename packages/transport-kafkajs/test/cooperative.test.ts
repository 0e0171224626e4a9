// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import type { Admin, GroupHandle, GroupOptions, TopicPartition, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fresh, groupOptions, join, KafkaFixture, RecordingListener } from './kafka-fixture.ts'

type Rebalance = GroupOptions['rebalance']

/** Knows at every moment what it owns, by what it was told. */
class OwningListener extends RecordingListener {
  readonly had: Set<number> = new Set()

  override async onAssign(partitions: readonly TopicPartition[], group: GroupHandle): Promise<void> {
    for (const { partition } of partitions) this.had.add(partition)
    await super.onAssign(partitions, group)
  }

  override async onRevoke(partitions: readonly TopicPartition[]): Promise<void> {
    await super.onRevoke(partitions)
    for (const { partition } of partitions) this.had.delete(partition)
    this.note('given up')
  }

  override onLost(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.had.delete(partition)
    super.onLost(partitions)
  }

  untilHas(count: number): Promise<void> {
    return this.until(() => this.had.size === count)
  }
}

describe('cooperative rebalances', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
  })
  afterAll(() => kafka.close())

  function member(groupId: string, topic: string, rebalance: Rebalance, more: Partial<GroupOptions> = {}) {
    const assignor = { ...evenly }
    return join(transport, groupOptions(groupId, [topic], { rebalance, assignor, ...more }), new OwningListener())
  }

  const orders: readonly (readonly [Rebalance, Rebalance])[] = [
    ['cooperative', 'eager'],
    ['eager', 'cooperative'],
  ]
  it.each(orders)('let workers be replaced one by one: %s ones by %s ones', async (older, newer) => {
    const topic = await kafka.topic(admin, 6)
    const groupId = fresh('group')
    const first = [member(groupId, topic, older), member(groupId, topic, older)] as const
    for (const { listener } of first) await listener.untilHas(3)
    const lively = [...first]
    const check = (): void => {
      const all = lively.flatMap(({ listener }) => [...listener.had])
      expect(new Set(all).size).toBe(all.length)
    }
    for (const former of first) {
      const next = member(groupId, topic, newer)
      lively.push(next)
      await next.listener.until(() => {
        check()
        return next.listener.had.size > 0
      })
      await former.consumer.close({ leave: true })
      lively.splice(lively.indexOf(former), 1)
      const [one, other] = lively
      await Promise.all([one?.listener.untilHas(3), other?.listener.untilHas(3)])
      check()
    }
    for (const { listener } of [...first, ...lively]) expect(listener.events.join()).not.toContain('lost')
    await Promise.all(lively.map(({ consumer }) => consumer.close({ leave: true })))
  })

  it('hand over what a static member was to give up, also where that one is replaced before it could', async () => {
    const topic = await kafka.topic(admin, 2)
    const groupId = fresh('group')
    const former = member(groupId, topic, 'cooperative', { instanceId: 'one', rebalanceTimeoutMs: 5000 })
    await former.listener.untilHas(2)
    former.listener.onRevoking = () => new Promise(() => {})
    const other = member(groupId, topic, 'cooperative', { instanceId: 'two' })
    await former.listener.seen('revoking')
    const again = member(groupId, topic, 'cooperative', { instanceId: 'one' })
    await Promise.all([again.listener.untilHas(1), other.listener.untilHas(1)])
    await former.listener.seen('error STREAM_FENCED')
    expect(former.listener.had.size).toBe(0)
    await Promise.all([former, again, other].map(({ consumer }) => consumer.close({ leave: true })))
  })

  it('keep delivering what stays while another partition is being given up', async () => {
    const topic = await kafka.topic(admin, 2)
    const groupId = fresh('group')
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    const { consumer, listener } = member(groupId, topic, 'cooperative')
    await listener.untilHas(2)
    let release = (): void => {}
    let revoking: readonly TopicPartition[] = []
    const onRevoke = listener.onRevoke.bind(listener)
    listener.onRevoke = (partitions) => {
      revoking = partitions
      return onRevoke(partitions)
    }
    listener.onRevoking = () => new Promise((resolve) => (release = resolve))
    const other = member(groupId, topic, 'cooperative')
    await listener.seen('revoking')
    const records = [{ key: null, value: Buffer.from('x'), timestamp: 1 }]
    await producer.send([0, 1].map((partition) => ({ topic, partition, records })))
    const delivered: number[] = []
    while (delivered.length === 0) {
      delivered.push(...(await consumer.poll({ maxWaitMs: 1000 })).map((one) => one.partition))
    }
    expect(delivered).toEqual([0, 1].filter((partition) => partition !== revoking[0]?.partition))
    listener.onRevoking = () => Promise.resolve()
    release()
    await other.listener.untilHas(1)
    await Promise.all([consumer, other.consumer].map((one) => one.close({ leave: true })))
  })
})

/** Partition n goes to member n of those there are, in the order of what they own, so that what can stay does. */
const evenly: GroupOptions['assignor'] & object = {
  name: 'evenly',
  assign: ({ members, partitions }) => {
    const all = [...partitions].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
    const share = Math.ceil(all.length / members.length)
    const open = new Set(all)
    const plan = new Map(
      members.map(({ memberId, owned }) => {
        const kept = all
          .filter(
            (one) =>
              open.has(one) && owned.some(({ topic, partition }) => topic === one.topic && partition === one.partition),
          )
          .slice(0, share)
        for (const one of kept) open.delete(one)
        return [memberId, { partitions: kept }]
      }),
    )
    for (const { partitions: list } of plan.values()) {
      for (const one of [...open]) {
        if (list.length >= share) break
        list.push(one)
        open.delete(one)
      }
    }
    return plan
  },
}
