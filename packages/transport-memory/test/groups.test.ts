import type { AssignmentInput, Assignor, StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { at, bytes, Member, names, Rig, record, text, values } from './rig.ts'
import { settle } from './virtual-clock.ts'

async function rigWith(partitions: number): Promise<Rig> {
  const rig = new Rig()
  rig.log.createTopic({ name: 't', partitions })
  return rig
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: StreamError) => error.code,
  )
}

describe('eager groups', () => {
  it('take everything back before they hand it out anew', async () => {
    const rig = await rigWith(4)
    const a = new Member(await rig.transport())
    await settle()
    const b = new Member(await rig.transport())
    await settle()
    expect(a.events).toEqual(['assign t0,t1,t2,t3 @1', 'revoke t0,t1,t2,t3', 'assign t0,t1 @2'])
    expect(b.events).toEqual(['assign t2,t3 @2'])
  })

  it('hand over only when onRevoke has settled, and keep the slow member alive meanwhile', async () => {
    const rig = await rigWith(2)
    const a = new Member(await rig.transport())
    await settle()
    let release = (): void => {}
    a.onRevoking = () => new Promise((resolve) => (release = resolve))
    const b = new Member(await rig.transport())
    await rig.clock.advance(25_000)
    expect(b.events).toEqual([])
    expect(a.events).toEqual(['assign t0,t1 @1', 'revoke t0,t1'])
    release()
    await settle()
    expect(b.events).toEqual(['assign t1 @2'])
    expect(a.events.at(-1)).toBe('assign t0 @2')
  })

  it('go on without a member that does not give up before the deadline, which then hears that it lost', async () => {
    const rig = await rigWith(2)
    const a = new Member(await rig.transport())
    await settle()
    const old = a.handle!
    let release = (): void => {}
    a.onRevoking = () => new Promise((resolve) => (release = resolve))
    const b = new Member(await rig.transport())
    await rig.clock.advance(30_000)
    expect(b.events).toEqual(['assign t0,t1 @2'])
    expect(a.events).toEqual(['assign t0,t1 @1', 'revoke t0,t1', 'lost t0,t1'])
    expect(await codeOf(a.consumer.commit([at('t', 0, 1)], old))).toBe('STREAM_FENCED')
    release()
    await rig.clock.advance(2_000)
    expect(a.events.at(-1)).toMatch(/^assign t[01] @/)
    expect(a.overlapped).toBe(false)
  })

  it('deliver nothing while partitions are being announced or given up', async () => {
    const rig = await rigWith(1)
    const producer = await rig.producer()
    await producer.send([{ topic: 't', partition: 0, records: [record('a', '1')] }])
    let go = (): void => {}
    const a = new Member(await rig.transport())
    a.onAssigning = () => new Promise((resolve) => (go = resolve))
    await settle()
    a.consumer.seek([at('t', 0, 0)])
    expect(await rig.run(a.consumer.poll({ maxWaitMs: 1_000 }))).toEqual([])
    go()
    await settle()
    const next = await a.consumer.poll({ maxWaitMs: 0 })
    const fetched = next.length > 0 ? next : await a.consumer.poll({ maxWaitMs: 0 })
    expect(values(fetched)).toEqual(['1'])
  })
})

describe('cooperative groups', () => {
  it('give up first and hand over in a second rebalance, and what stays is never taken away', async () => {
    const rig = await rigWith(4)
    const a = new Member(await rig.transport(), { rebalance: 'cooperative' })
    await settle()
    let release = (): void => {}
    a.onRevoking = () => new Promise((resolve) => (release = resolve))
    const b = new Member(await rig.transport(), { rebalance: 'cooperative' })
    await settle()
    expect(a.events).toEqual(['assign t0,t1,t2,t3 @1', 'revoke t2,t3'])
    expect(b.events).toEqual(['assign  @2'])
    release()
    await settle()
    expect(a.events.slice(2)).toEqual(['assign  @2', 'assign  @3'])
    expect(b.events).toEqual(['assign  @2', 'assign t2,t3 @3'])
  })

  it('goes on delivering what it keeps while other partitions are given up', async () => {
    const rig = await rigWith(2)
    const producer = await rig.producer()
    const a = new Member(await rig.transport(), { rebalance: 'cooperative' })
    await settle()
    a.consumer.seek([at('t', 0, 0), at('t', 1, 0)])
    a.onRevoking = () => new Promise(() => {})
    new Member(await rig.transport(), { rebalance: 'cooperative' })
    await settle()
    await producer.send([
      { topic: 't', partition: 0, records: [record('a', 'kept')] },
      { topic: 't', partition: 1, records: [record('a', 'going')] },
    ])
    await a.consumer.poll({ maxWaitMs: 0 })
    expect(values(await a.consumer.poll({ maxWaitMs: 0 }))).toEqual(['kept'])
  })

  it('takes the commit of what is being given up, under the handle that was delivered last', async () => {
    const rig = await rigWith(2)
    const transport = await rig.transport()
    const a = new Member(transport, { rebalance: 'cooperative' })
    await settle()
    const committer = transport.committer({ transactionalId: 'x', timeoutMs: 5_000 })
    await committer.init()
    const outcomes: string[] = []
    a.onRevoking = async () => {
      await a.consumer.commit([at('t', 1, 3)], a.handle!)
      const outcome = await committer.commit({ out: [], offsets: [at('t', 1, 4)], group: a.handle! })
      outcomes.push(outcome.kind)
    }
    const b = new Member(await rig.transport(), { rebalance: 'cooperative' })
    const first = a.handle!
    await settle()
    expect(b.events.at(-1)).toBe('assign t1 @3')
    expect(outcomes).toEqual(['committed'])
    expect(await b.consumer.committed([{ topic: 't', partition: 1 }])).toEqual([at('t', 1, 4)])
    expect(await codeOf(a.consumer.commit([at('t', 0, 9)], first))).toBe('STREAM_FENCED')
    expect(await codeOf(a.consumer.commit([at('t', 0, 9)], a.handle!))).toBe('none')
  })

  it('enforces the deadline of a revocation', async () => {
    const rig = await rigWith(2)
    const a = new Member(await rig.transport(), { rebalance: 'cooperative' })
    await settle()
    let release = (): void => {}
    a.onRevoking = () => new Promise((resolve) => (release = resolve))
    const b = new Member(await rig.transport(), { rebalance: 'cooperative' })
    await rig.clock.advance(30_000)
    expect(a.events).toContain('lost t1')
    release()
    await settle()
    expect(names(b.places)).toBe('t1')
    expect(names(a.places)).toBe('t0')
  })
})

describe('sessions', () => {
  it('evicts a member whose heartbeats stop, fences it, and tells it when it wakes', async () => {
    const rig = await rigWith(2)
    const transport = await rig.transport()
    const a = new Member(transport)
    await settle()
    const b = new Member(await rig.transport())
    await settle()
    const old = a.handle!
    rig.log.stall(transport)
    await rig.clock.advance(9_000)
    expect(names(b.places)).toBe('t1')
    await rig.clock.advance(2_000)
    expect(names(b.places)).toBe('t0,t1')
    expect(a.events.at(-1)).toBe('assign t0 @2')
    expect(a.consumer.sinceHeartbeatMs()).toBeGreaterThan(9_000)
    expect(await codeOf(a.consumer.commit([at('t', 0, 1)], old))).toBe('STREAM_FENCED')
    rig.log.wake(transport)
    await settle()
    expect(a.events).toContain('lost t0')
    expect(names([...a.places, ...b.places])).toBe('t0,t1')
    expect(names(a.places)).not.toBe('')
  })

  it('waits for the session of a process that was killed, then hands its partitions over', async () => {
    const rig = await rigWith(2)
    const killed = await rig.transport()
    const a = new Member(killed)
    const b = new Member(await rig.transport())
    await settle()
    rig.log.crash(killed)
    const calls = a.events.length
    await rig.clock.advance(8_000)
    expect(names(b.places)).toBe('t1')
    await rig.clock.advance(3_000)
    expect(names(b.places)).toBe('t0,t1')
    expect(a.events).toHaveLength(calls)
  })

  it('hands over at once when a member leaves', async () => {
    const rig = await rigWith(2)
    const a = new Member(await rig.transport())
    const b = new Member(await rig.transport())
    await settle()
    await a.consumer.close({ leave: true })
    await settle()
    expect(a.events.at(-1)).toBe('revoke t0')
    expect(names(b.places)).toBe('t0,t1')
  })

  it('tells Infinity before the first answer, and the age of the last one afterwards', async () => {
    const rig = await rigWith(1)
    const a = new Member(await rig.transport())
    expect(a.consumer.sinceHeartbeatMs()).toBe(Number.POSITIVE_INFINITY)
    await rig.clock.advance(500)
    expect(a.consumer.sinceHeartbeatMs()).toBe(500)
    await rig.clock.advance(700)
    expect(a.consumer.sinceHeartbeatMs()).toBe(200)
  })

  it('is kept alive by a commit of offsets, and not by one in a transaction', async () => {
    for (const way of ['plain', 'transactional'] as const) {
      const rig = await rigWith(1)
      const transport = await rig.transport()
      const a = new Member(transport)
      await settle()
      const committer = transport.committer({ transactionalId: 'x', timeoutMs: 5_000 })
      await committer.init()
      const silence = rig.log.faults.at('heartbeat', { kind: 'lose-answer' }, { times: Number.POSITIVE_INFINITY })
      await rig.clock.advance(8_000)
      if (way === 'plain') await a.consumer.commit([at('t', 0, 1)], a.handle!)
      else await committer.commit({ out: [], offsets: [at('t', 0, 1)], group: a.handle! })
      await rig.clock.advance(4_000)
      expect(silence.hits).toBeGreaterThan(0)
      expect(rig.log.describeGroup('g').memberIds).toHaveLength(way === 'plain' ? 1 : 0)
    }
  })

  it('puts out a member that joined and never asks for its assignment, however alive it is', async () => {
    const rig = await rigWith(2)
    const slow = await rig.transport()
    const stuck = rig.log.faults.at('sync', { kind: 'hold' }, { when: ({ clientId }) => clientId === slow.clientId })
    const a = new Member(slow, { sessionTimeoutMs: 100_000 })
    const b = new Member(await rig.transport())
    await rig.clock.advance(29_000)
    expect(stuck.hits).toBe(1)
    expect(names(b.places)).toBe('')
    await rig.clock.advance(31_000)
    expect(names(b.places)).toBe('t0,t1')
    stuck.release()
    await rig.clock.advance(2_000)
    expect(names([...a.places, ...b.places])).toBe('t0,t1')
    expect(names(a.places)).not.toBe('')
  })

  it('survives an outage of the log without losing its place', async () => {
    const rig = await rigWith(1)
    const a = new Member(await rig.transport())
    await settle()
    rig.log.setAvailable(false)
    await rig.clock.advance(50_000)
    rig.log.setAvailable(true)
    await rig.clock.advance(9_000)
    expect(a.events).toEqual(['assign t0 @1'])
    expect(a.consumer.sinceHeartbeatMs()).toBeLessThan(1_001)
  })
})

describe('static members', () => {
  it('come back under their instance id without a rebalance, in the same generation', async () => {
    const rig = await rigWith(2)
    const first = await rig.transport()
    const a = new Member(first, { instanceId: 'one' })
    const b = new Member(await rig.transport(), { instanceId: 'two' })
    await settle()
    const before = names(a.places)
    const generation = a.handle!.generation
    const calls = b.events.length
    rig.log.crash(first)
    await rig.clock.advance(5_000)
    const again = new Member(await rig.transport(), { instanceId: 'one' })
    await settle()
    expect(names(again.places)).toBe(before)
    expect(again.handle!.generation).toBe(generation)
    expect(b.events).toHaveLength(calls)
    await rig.clock.advance(30_000)
    expect(b.events).toHaveLength(calls)
  })

  it('keep their place over a close that says so, until their session is over', async () => {
    const rig = await rigWith(2)
    const a = new Member(await rig.transport(), { instanceId: 'one' })
    const b = new Member(await rig.transport(), { instanceId: 'two' })
    await settle()
    await a.consumer.close({ leave: false })
    await rig.clock.advance(8_000)
    expect(names(b.places)).toBe('t1')
    await rig.clock.advance(3_000)
    expect(names(b.places)).toBe('t0,t1')
  })

  it('restarted in the middle of a handover join again, so that the partition gets its new owner', async () => {
    const rig = await rigWith(2)
    const transport = await rig.transport()
    const a = new Member(transport, { instanceId: 'one', rebalance: 'cooperative' })
    await settle()
    a.onRevoking = () => new Promise(() => {})
    const b = new Member(await rig.transport(), { instanceId: 'two', rebalance: 'cooperative' })
    await settle()
    expect(a.events.at(-1)).toBe('revoke t1')
    rig.log.crash(transport)
    const again = new Member(await rig.transport(), { instanceId: 'one', rebalance: 'cooperative' })
    await settle()
    expect([names(again.places), names(b.places)]).toEqual(['t0', 't1'])
  })

  it('fence the old incarnation for good', async () => {
    const rig = await rigWith(1)
    const a = new Member(await rig.transport(), { instanceId: 'one' })
    await settle()
    const old = a.handle!
    const b = new Member(await rig.transport(), { instanceId: 'one' })
    await settle()
    expect(names(b.places)).toBe('t0')
    expect(a.events.slice(-2)).toEqual(['lost t0', 'error STREAM_FENCED'])
    expect(await codeOf(a.consumer.poll({ maxWaitMs: 10 }))).toBe('STREAM_FENCED')
    expect(await codeOf(b.consumer.commit([at('t', 0, 1)], old))).toBe('STREAM_FENCED')
    await rig.clock.advance(30_000)
    expect(names(b.places)).toBe('t0')
  })
})

describe('assignors', () => {
  const seen: AssignmentInput[] = []
  const custom: Assignor = {
    name: 'custom',
    assign(input) {
      seen.push(input)
      const [first] = input.members
      return new Map(
        input.members.map((member) => [
          member.memberId,
          {
            partitions: member === first ? [{ topic: 't', partition: 0 }] : [],
            userData: bytes(`for ${text(member.userData)}`),
          },
        ]),
      )
    },
  }

  it('get the members with their user data, and send theirs back', async () => {
    const rig = await rigWith(1)
    const a = new Member(await rig.transport(), { assignor: custom, userData: () => bytes('a') })
    await settle()
    const b = new Member(await rig.transport(), { assignor: custom, userData: () => bytes('b') })
    await settle()
    const input = seen.at(-1)!
    expect([...input.partitions]).toEqual([['t', 1]])
    expect(input.members.map((member) => [text(member.userData), names(member.owned), member.ownedGeneration])).toEqual(
      [
        ['a', 't0', 1],
        ['b', '', -1],
      ],
    )
    expect([text(a.userData!), text(b.userData!)]).toEqual(['for a', 'for b'])
  })

  it('have to be the same for all members', async () => {
    const rig = await rigWith(1)
    new Member(await rig.transport())
    await settle()
    const b = new Member(await rig.transport(), { assignor: custom })
    await settle()
    expect(b.error?.code).toBe('STREAM_BROKER_REFUSED')
  })

  it('that throw end the membership of the leader, which hears why, and not that of the others', async () => {
    const rig = await rigWith(1)
    const failing: Assignor = {
      name: 'custom',
      assign({ members, partitions }) {
        if (members.length > 1) throw new Error('cannot split one partition')
        return custom.assign({ members, partitions })
      },
    }
    const a = new Member(await rig.transport(), { assignor: failing, rebalance: 'cooperative' })
    await settle()
    const b = new Member(await rig.transport(), { assignor: failing, rebalance: 'cooperative' })
    await settle()
    expect(a.events).toEqual(['assign t0 @1', 'lost t0', 'error STREAM_INTERNAL'])
    expect(a.error?.message).toContain('cannot split one partition')
    expect(await codeOf(a.consumer.poll({ maxWaitMs: 10 }))).toBe('STREAM_INTERNAL')
    expect(names(b.places)).toBe('t0')
  })

  it('run again when a topic appears', async () => {
    const rig = new Rig()
    const a = new Member(await rig.transport())
    await settle()
    expect(a.events).toEqual(['assign  @1'])
    rig.log.createTopic({ name: 't', partitions: 2 })
    await settle()
    expect(a.events.at(-1)).toBe('assign t0,t1 @2')
  })
})

describe('positions', () => {
  it('ignores partitions that are not owned, and forgets the positions of those that were taken away', async () => {
    const rig = await rigWith(2)
    const producer = await rig.producer()
    await producer.send([0, 1].map((partition) => ({ topic: 't', partition, records: [record('k', `p${partition}`)] })))
    const a = new Member(await rig.transport())
    await settle()
    a.consumer.seek([at('t', 0, 0), at('t', 1, 0)])
    new Member(await rig.transport())
    await settle()
    a.consumer.seek([at('t', 1, 0)])
    await a.consumer.poll({ maxWaitMs: 0 })
    expect(await rig.run(a.consumer.poll({ maxWaitMs: 100 }))).toEqual([])
  })

  it('keeps the position of a paused partition, and delivers from there when it is resumed', async () => {
    const rig = await rigWith(1)
    const producer = await rig.producer()
    const a = new Member(await rig.transport())
    await settle()
    await a.consumer.poll({ maxWaitMs: 0 })
    a.consumer.seek([at('t', 0, 0)])
    a.consumer.pause([{ topic: 't', partition: 0 }])
    await producer.send([{ topic: 't', partition: 0, records: [record('k', '1')] }])
    expect(await rig.run(a.consumer.poll({ maxWaitMs: 100 }))).toEqual([])
    const waiting = a.consumer.poll({ maxWaitMs: 10_000 })
    a.consumer.resume([{ topic: 't', partition: 0 }])
    expect(values(await waiting)).toEqual(['1'])
  })

  it('says once where the log begins when a position is outside of it, and waits for a seek', async () => {
    const rig = await rigWith(1)
    const producer = await rig.producer()
    await producer.send([{ topic: 't', partition: 0, records: ['1', '2', '3'].map((v) => record('k', v)) }])
    const transport = await rig.transport()
    await transport.admin().deleteRecords([at('t', 0, 2)])
    const a = new Member(transport)
    await settle()
    await a.consumer.poll({ maxWaitMs: 0 })
    for (const wrong of [0, 4]) {
      a.consumer.seek([at('t', 0, wrong)])
      const [batch] = await a.consumer.poll({ maxWaitMs: 0 })
      expect(batch?.error?.code).toBe('STREAM_OFFSET_OUT_OF_RANGE')
      expect(batch?.error?.place.logStart).toBe(2)
      expect(await rig.run(a.consumer.poll({ maxWaitMs: 50 }))).toEqual([])
    }
    a.consumer.seek([at('t', 0, 2)])
    expect(values(await a.consumer.poll({ maxWaitMs: 0 }))).toEqual(['3'])
  })
})
