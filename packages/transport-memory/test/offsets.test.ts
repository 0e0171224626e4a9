import type { TopicPartitionOffset } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { at, Member, Rig, record } from './rig.ts'
import { settle } from './virtual-clock.ts'

const dayMs = 86_400_000

async function commitAndLeave(rig: Rig, offset: TopicPartitionOffset): Promise<void> {
  const member = new Member(await rig.transport())
  await settle()
  await member.consumer.commit([offset], member.handle!)
  await member.consumer.close({ leave: true })
}

describe('committed offsets', () => {
  it('are forgotten when their group has had no members for a week', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    await rig.transport()
    await commitAndLeave(rig, at('t', 0, 5))
    await rig.clock.advance(6 * dayMs)
    expect(rig.log.committedOffset('g', 't', 0)).toBe(5)
    await commitAndLeave(rig, at('t', 0, 6))
    await rig.clock.advance(6.9 * dayMs)
    expect(rig.log.committedOffset('g', 't', 0)).toBe(6)
    await rig.clock.advance(0.2 * dayMs)
    expect(rig.log.committedOffset('g', 't', 0)).toBeUndefined()
  })

  it('stay as long as the group has a member, however seldom it commits', async () => {
    const rig = new Rig({ offsetsRetentionMs: 60_000 })
    rig.log.createTopic({ name: 't' })
    const member = new Member(await rig.transport())
    await settle()
    await member.consumer.commit([at('t', 0, 5)], member.handle!)
    await rig.clock.advance(300_000)
    expect(rig.log.committedOffset('g', 't', 0)).toBe(5)
  })

  it('that an open transaction is about outlive their retention', async () => {
    const rig = new Rig({ offsetsRetentionMs: 60_000 })
    rig.log.createTopic({ name: 't' })
    const transport = await rig.transport()
    const member = new Member(transport)
    await settle()
    await member.consumer.commit([at('t', 0, 5)], member.handle!)
    const committer = transport.committer({ transactionalId: 'x', timeoutMs: 400_000 })
    await committer.init()
    rig.log.faults.at('commit:before-end', { kind: 'hold' })
    void committer.commit({ out: [], offsets: [at('t', 0, 6)], group: member.handle! })
    await settle()
    await member.consumer.close({ leave: true })
    await rig.clock.advance(300_000)
    expect(rig.log.committedOffset('g', 't', 0)).toBe(5)
    await rig.clock.advance(200_000)
    expect(rig.log.committedOffset('g', 't', 0)).toBeUndefined()
  })

  it('go with their topic, so that its successor is read from where readers without a position begin', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    rig.log.createTopic({ name: 'other' })
    await commitAndLeave(rig, at('t', 0, 5))
    await commitAndLeave(rig, at('other', 0, 7))
    rig.log.deleteTopic('t')
    rig.log.createTopic({ name: 't' })
    expect(rig.log.committedOffset('g', 't', 0)).toBeUndefined()
    expect(rig.log.committedOffset('g', 'other', 0)).toBe(7)
  })
})

describe('timestamps', () => {
  it('are refused where they lie too far ahead or behind, and by default an hour ahead is too far', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 'plain' })
    rig.log.createTopic({ name: 'open', configs: { 'message.timestamp.after.max.ms': '9223372036854775807' } })
    rig.log.createTopic({ name: 'strict', configs: { 'message.timestamp.before.max.ms': '1000' } })
    rig.log.createTopic({ name: 'stamped', configs: { 'message.timestamp.type': 'LogAppendTime' } })
    const producer = await rig.producer()
    const now = rig.clock.now()
    const sent = async (topic: string, timestamp: number): Promise<string | undefined> => {
      const [produced] = await producer.send([{ topic, partition: 0, records: [record('a', '1', timestamp)] }])
      return produced?.error?.message
    }
    expect(await sent('plain', now + 3_600_000)).toBeUndefined()
    expect(await sent('plain', now + 3_600_001)).toContain('message.timestamp.after.max.ms is 3600000')
    expect(await sent('plain', Date.UTC(2001, 0, 1))).toBeUndefined()
    expect(await sent('plain', -1)).toBeUndefined()
    expect(await sent('open', now + 1e12)).toBeUndefined()
    expect(await sent('strict', now - 1_000)).toBeUndefined()
    expect(await sent('strict', now - 1_001)).toContain('1001 ms behind the clock')
    expect(await sent('stamped', now + 1e12)).toBeUndefined()
  })
})
