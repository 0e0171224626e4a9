import { describe, expect, it } from 'vitest'
import { at, Member, Rig, read, record, values } from './rig.ts'
import { settle } from './virtual-clock.ts'

describe('the embedded log', () => {
  it('delivers to a group what was produced, from the position that was sought', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', partitions: 2 })
    const producer = await rig.producer()
    const produced = await producer.send([
      { topic: 't', partition: 0, records: [record('a', '1'), record('b', '2')] },
      { topic: 't', partition: 1, records: [record('c', '3')] },
    ])
    expect(produced.map((one) => one.baseOffset)).toEqual([0, 0])
    const member = new Member(await rig.transport())
    await settle()
    expect(member.events).toEqual(['assign t0,t1 @1'])
    const early = member.consumer.poll({ maxWaitMs: 100 })
    await settle()
    member.consumer.seek([at('t', 0, 1), at('t', 1, 0)])
    expect(await rig.run(early)).toEqual([])
    const fetched = await member.consumer.poll({ maxWaitMs: 100 })
    expect(values(fetched)).toEqual(['2', '3'])
    expect(fetched.map((batch) => [batch.partition, batch.nextOffset, batch.endOffset, batch.assignment])).toEqual([
      [0, 2, 2, 1],
      [1, 1, 1, 1],
    ])
  })

  it('wakes a poll that waits as soon as there is a record', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    const producer = await rig.producer()
    const reader = read(await rig.transport(), 'read_committed')
    reader.assign([at('t', 0, 0)])
    const waiting = reader.poll({ maxWaitMs: 60_000 })
    await settle()
    await producer.send([{ topic: 't', partition: 0, records: [record('a', '1')] }])
    expect(values(await waiting)).toEqual(['1'])
    expect(rig.clock.monotonicMs()).toBe(0)
  })

  it('commits records and offsets of a transaction together', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    rig.log.createTopic({ name: 'out' })
    const transport = await rig.transport()
    const member = new Member(transport)
    await settle()
    const committer = transport.committer({ transactionalId: 'x', timeoutMs: 10_000 })
    await committer.init()
    const outcome = await committer.commit({
      out: [{ topic: 'out', partition: 0, records: [record('k', 'v')] }],
      offsets: [at('t', 0, 7)],
      group: member.handle!,
    })
    expect(outcome).toEqual({ kind: 'committed', nextOffsets: [at('out', 0, 1)] })
    expect(await member.consumer.committed([{ topic: 't', partition: 0 }])).toEqual([at('t', 0, 7)])
    expect(rig.log.offsets('out', 0)).toEqual({ start: 0, stable: 2, end: 2 })
    expect(rig.log.records('out', 0)).toHaveLength(1)
    expect(rig.log.records('out', 0, 'read_committed', 1)).toHaveLength(0)
    expect(rig.log.committedOffset('g', 't', 0)).toBe(7)
    expect(rig.log.committedOffset('g', 'out', 0)).toBeUndefined()
  })
})
