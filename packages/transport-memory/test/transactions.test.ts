import type { CommitRequest, Committer, GroupHandle, Outcome } from '@stream/core/adapter'
import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import type { MemoryLogOptions, MemoryTransport } from '../src/index.ts'
import { at, bytes, Member, Rig, read, record, text, values } from './rig.ts'
import { settle } from './virtual-clock.ts'

interface Stage {
  readonly rig: Rig
  readonly transport: MemoryTransport
  readonly member: Member
  readonly committer: Committer
  request(value: string, offset: number): CommitRequest
}

async function stage(options: MemoryLogOptions = {}): Promise<Stage> {
  const rig = new Rig(options)
  rig.log.createTopic({ name: 't' })
  rig.log.createTopic({ name: 'out' })
  const transport = await rig.transport()
  const member = new Member(transport)
  await settle()
  const committer = transport.committer({ transactionalId: 'x', timeoutMs: 20_000 })
  await committer.init()
  return {
    rig,
    transport,
    member,
    committer,
    request: (value, offset) => ({
      out: [{ topic: 'out', partition: 0, records: [record('k', value)] }],
      offsets: [at('t', 0, offset)],
      group: member.handle as GroupHandle,
    }),
  }
}

function committedValues(rig: Rig): (string | null)[] {
  return rig.log.records('out', 0).map((one) => text(one.value))
}

async function committedOffset(rig: Rig, member: Member): Promise<number | undefined> {
  const found = await rig.run(member.consumer.committed([{ topic: 't', partition: 0 }]))
  return found[0]?.offset
}

describe('a transaction', () => {
  it('needs init() first, and again after any outcome but committed', async () => {
    const { transport, rig, committer, request } = await stage()
    const fresh = transport.committer({ transactionalId: 'y', timeoutMs: 1_000 })
    const early = await fresh.commit(request('1', 1))
    expect(early.kind === 'aborted' && early.cause.code).toBe('STREAM_STATE_INVALID')
    const error = new StreamError({ code: 'STREAM_BROKER_REFUSED', message: 'no' })
    rig.log.faults.at('commit:before-end', { kind: 'fail', error })
    expect((await committer.commit(request('1', 1))).kind).toBe('aborted')
    const again = await committer.commit(request('2', 2))
    expect(again.kind === 'aborted' && again.cause.code).toBe('STREAM_STATE_INVALID')
    await committer.init()
    expect((await committer.commit(request('3', 3))).kind).toBe('committed')
    expect(committedValues(rig)).toEqual(['3'])
  })

  it('holds back read-committed readers behind it, and nobody else', async () => {
    const { rig, transport, committer, request } = await stage()
    const producer = await rig.producer()
    const hold = rig.log.faults.at('commit:before-end', { kind: 'hold' })
    const pending = committer.commit(request('inside', 1))
    await settle()
    await producer.send([{ topic: 'out', partition: 0, records: [record('k', 'behind')] }])
    expect(rig.log.offsets('out', 0)).toEqual({ start: 0, stable: 0, end: 2 })
    const strict = read(transport, 'read_committed')
    const loose = read(transport, 'read_uncommitted')
    strict.assign([at('out', 0, 0)])
    loose.assign([at('out', 0, 0)])
    expect(values(await loose.poll({ maxWaitMs: 0 }))).toEqual(['inside', 'behind'])
    const waiting = strict.poll({ maxWaitMs: 60_000 })
    await settle()
    const place = [{ topic: 'out', partition: 0 }]
    expect(await strict.endOffsets(place, 'read_committed')).toEqual([at('out', 0, 0)])
    expect(await strict.endOffsets(place, 'read_uncommitted')).toEqual([at('out', 0, 2)])
    hold.release()
    expect((await pending).kind).toBe('committed')
    const fetched = await waiting
    expect(values(fetched)).toEqual(['inside', 'behind'])
    expect(fetched[0]?.nextOffset).toBe(3)
  })

  it('that is aborted leaves a hole that readers step over', async () => {
    const { rig, transport, committer, request } = await stage()
    const error = new StreamError({ code: 'STREAM_BROKER_REFUSED', message: 'no' })
    rig.log.faults.at('commit:after-offsets', { kind: 'fail', error })
    expect((await committer.commit(request('gone', 1))).kind).toBe('aborted')
    const reader = read(transport, 'read_committed')
    reader.assign([at('out', 0, 0)])
    const [batch] = await reader.poll({ maxWaitMs: 0 })
    expect([batch?.records.length, batch?.nextOffset]).toEqual([0, 2])
    const loose = read(transport, 'read_uncommitted')
    loose.assign([at('out', 0, 0)])
    expect(values(await loose.poll({ maxWaitMs: 0 }))).toEqual(['gone'])
  })

  it('names the record that the broker refuses, and leaves nothing', async () => {
    const { rig, member, committer } = await stage()
    rig.log.createTopic({ name: 'small', configs: { 'max.message.bytes': '200' } })
    const big = { key: null, value: new Uint8Array(300), timestamp: 1 }
    const outcome = await committer.commit({
      out: [
        { topic: 'out', partition: 0, records: [record('k', 'first')] },
        { topic: 'small', partition: 0, records: [record('k', 'ok'), big] },
      ],
      offsets: [at('t', 0, 1)],
      group: member.handle!,
    })
    expect(outcome.kind === 'aborted' && outcome.cause.code).toBe('STREAM_RECORD_TOO_LARGE')
    expect(outcome.kind === 'aborted' && outcome.refused).toEqual({ topic: 'small', partition: 0, batch: 1, record: 1 })
    expect(committedValues(rig)).toEqual([])
    expect(await committedOffset(rig, member)).toBeUndefined()
  })

  it('is fenced when the membership it commits for is over', async () => {
    const { rig, member, committer, request } = await stage()
    const zombie = request('zombie', 1)
    const other = new Member(await rig.transport())
    await settle()
    const outcome = await committer.commit(zombie)
    expect(outcome.kind).toBe('fenced')
    expect(outcome.kind === 'fenced' && outcome.cause.code).toBe('STREAM_FENCED')
    expect(committedValues(rig)).toEqual([])
    expect(rig.log.offsets('out', 0)).toEqual({ start: 0, stable: 2, end: 2 })
    expect(await committedOffset(rig, other)).toBeUndefined()
    await committer.init()
    expect((await committer.commit(request('alive', 2))).kind).toBe('committed')
    expect(member.handle?.generation).toBe(2)
  })

  it('is taken while its member gives up its partitions, since the generation still stands', async () => {
    const { rig, member, committer, request } = await stage()
    const kinds: string[] = []
    member.onRevoking = async () => {
      kinds.push((await committer.commit(request('last', 5))).kind)
    }
    const other = new Member(await rig.transport())
    await settle()
    expect(kinds).toEqual(['committed'])
    expect(await committedOffset(rig, other)).toBe(5)
  })

  it('of a former holder of the id is ended by init(), and the holder is fenced at every step', async () => {
    for (const seam of [
      'commit:before-append',
      'commit:after-append',
      'commit:after-offsets',
      'commit:before-end',
    ] as const) {
      const { rig, committer, request } = await stage()
      const hold = rig.log.faults.at(seam, { kind: 'hold' })
      const pending = committer.commit(request('late', 1))
      await settle()
      const heir = (await rig.transport()).committer({ transactionalId: 'x', timeoutMs: 20_000 })
      await heir.init()
      const { stable, end } = rig.log.offsets('out', 0)
      expect(stable).toBe(end)
      hold.release()
      expect((await pending).kind).toBe('fenced')
      expect((await heir.commit(request('new', 2))).kind).toBe('committed')
      expect(committedValues(rig)).toEqual(['new'])
      expect(hold.hits).toBe(1)
    }
  })

  it('that stays open is aborted after its timeout, and its late end with it', async () => {
    const { rig, committer, request } = await stage()
    const hold = rig.log.faults.at('commit:after-offsets', { kind: 'hold' })
    const pending = committer.commit(request('slow', 1))
    await rig.clock.advance(19_000)
    expect(rig.log.offsets('out', 0).stable).toBe(0)
    await rig.clock.advance(1_000)
    expect(rig.log.offsets('out', 0).stable).toBe(2)
    hold.release()
    const outcome = await pending
    expect(outcome.kind === 'aborted' && outcome.cause.code).toBe('STREAM_TRANSACTION_ABORTED')
    await committer.init()
    expect((await committer.commit(request('next', 2))).kind).toBe('committed')
    expect(committedValues(rig)).toEqual(['next'])
  })

  it('has an unknown outcome when the answer is lost: it happened behind the end, and not before', async () => {
    const happened = await stage()
    happened.rig.log.faults.at('commit:after-end', { kind: 'lose-answer' })
    expect((await happened.committer.commit(happened.request('1', 1))).kind).toBe('unknown')
    await happened.committer.init()
    expect(committedValues(happened.rig)).toEqual(['1'])
    expect(await committedOffset(happened.rig, happened.member)).toBe(1)

    const not = await stage()
    not.rig.log.faults.at('commit:before-end', { kind: 'lose-answer' })
    const outcome = await not.committer.commit(not.request('1', 1))
    expect(outcome.kind === 'unknown' && outcome.cause.code).toBe('STREAM_OUTCOME_UNKNOWN')
    expect(not.rig.log.offsets('out', 0).stable).toBe(0)
    await not.committer.init()
    expect(committedValues(not.rig)).toEqual([])
    expect(await committedOffset(not.rig, not.member)).toBeUndefined()
  })

  it('that arrives late after its outcome was given up counts, unless the id was taken over meanwhile', async () => {
    for (const seam of [
      'commit:before-append',
      'commit:after-append',
      'commit:after-offsets',
      'commit:before-end',
    ] as const)
      for (const isTakenOver of [false, true]) {
        const { rig, transport, member, committer, request } = await stage()
        const late = rig.log.faults.at(seam, { kind: 'delay', delayMs: 1_000 })
        expect((await committer.commit(request('late', 1))).kind).toBe('unknown')
        expect(late.hits).toBe(1)
        const again = await committer.commit(request('again', 1))
        expect(again).toMatchObject({ kind: 'aborted', cause: { code: 'STREAM_STATE_INVALID' } })
        if (isTakenOver) await transport.committer({ transactionalId: 'x', timeoutMs: 20_000 }).init()
        await rig.clock.advance(1_500)
        expect(committedValues(rig)).toEqual(isTakenOver ? [] : ['late'])
        expect(await committedOffset(rig, member)).toBe(isTakenOver ? undefined : 1)
        await committer.init()
        expect((await committer.commit(request('next', 2))).kind).toBe('committed')
        expect(committedValues(rig)).toEqual(isTakenOver ? ['next'] : ['late', 'next'])
      }
  })

  it('is either whole or gone when its process dies at any step', async () => {
    const seams = [
      'commit:before-append',
      'commit:after-append',
      'commit:after-offsets',
      'commit:before-end',
      'commit:after-end',
    ] as const
    for (const seam of seams) {
      const { rig, committer, request } = await stage()
      const fault = rig.log.faults.at(seam, { kind: 'crash' })
      let outcome: Outcome | undefined
      void committer.commit(request('1', 1)).then((answer) => (outcome = answer))
      await settle()
      expect(fault.hits).toBe(1)
      const heir = await rig.transport()
      await heir.committer({ transactionalId: 'x', timeoutMs: 20_000 }).init()
      const member = new Member(heir)
      await rig.clock.advance(30_000)
      const isWhole = seam === 'commit:after-end'
      expect(outcome).toBeUndefined()
      expect(committedValues(rig)).toEqual(isWhole ? ['1'] : [])
      expect(await committedOffset(rig, member)).toBe(isWhole ? 1 : undefined)
    }
  })

  it('is aborted before it begins when the log stays away, and unknown when it goes away in between', async () => {
    const { rig, committer, request } = await stage()
    rig.log.setAvailable(false)
    const outcome = await rig.run(committer.commit(request('1', 1)))
    expect(outcome.kind === 'aborted' && outcome.cause.code).toBe('STREAM_BROKER_UNAVAILABLE')
    rig.log.setAvailable(true)
    await committer.init()
    rig.log.faults.at('commit:after-append', { kind: 'run', run: () => rig.log.setAvailable(false) })
    expect((await rig.run(committer.commit(request('2', 2)))).kind).toBe('unknown')
    rig.log.setAvailable(true)
    await committer.init()
    expect(committedValues(rig)).toEqual([])
  })

  it('does not age while the log is away', async () => {
    const { rig, committer, request } = await stage()
    const hold = rig.log.faults.at('commit:before-end', { kind: 'hold' })
    const pending = committer.commit(request('1', 1))
    await rig.clock.advance(15_000)
    rig.log.setAvailable(false)
    await rig.clock.advance(60_000)
    rig.log.setAvailable(true)
    await rig.clock.advance(4_000)
    hold.release()
    expect((await pending).kind).toBe('committed')
    expect(committedValues(rig)).toEqual(['1'])
  })

  it('refuses a timeout that the log does not allow', async () => {
    const { transport } = await stage()
    const committer = transport.committer({ transactionalId: 'z', timeoutMs: 900_001 })
    await expect(committer.init()).rejects.toMatchObject({ code: 'STREAM_BROKER_REFUSED' })
  })
})

describe('markers that lag behind the decision', () => {
  it('keep readers and stable offsets waiting, and the next transaction too', async () => {
    const { rig, member, committer, request } = await stage({ markerDelayMs: 500, random: () => 0 })
    expect((await committer.commit(request('1', 1))).kind).toBe('committed')
    expect(rig.log.offsets('out', 0)).toEqual({ start: 0, stable: 0, end: 1 })
    let offset: number | undefined
    const asked = member.consumer.committed([{ topic: 't', partition: 0 }]).then(([found]) => (offset = found?.offset))
    const second = committer.commit(request('2', 2))
    await rig.clock.advance(400)
    expect(offset).toBeUndefined()
    expect(rig.log.offsets('out', 0).end).toBe(1)
    await rig.clock.advance(100)
    await asked
    expect(offset).toBe(1)
    expect((await second).kind).toBe('committed')
    await rig.clock.advance(500)
    expect(committedValues(rig)).toEqual(['1', '2'])
  })

  it('come in any order, so that positions can be stable before the log is, and the log before positions', async () => {
    for (const first of ['positions', 'log'] as const) {
      const draws: number[] = []
      const { rig, member, committer, request } = await stage({ markerDelayMs: 500, random: () => draws.shift() ?? 0 })
      draws.push(...(first === 'positions' ? [0, 0.9] : [0.9, 0]))
      await committer.commit(request('1', 1))
      await rig.clock.advance(100)
      expect(rig.log.committedOffset('g', 't', 0)).toBe(first === 'positions' ? 1 : undefined)
      expect(rig.log.offsets('out', 0).stable).toBe(first === 'positions' ? 0 : 2)
      expect(rig.log.isTransactionPending).toBe(true)
      await rig.clock.advance(400)
      expect(await committedOffset(rig, member)).toBe(1)
      expect(rig.log.offsets('out', 0).stable).toBe(2)
      expect(rig.log.isTransactionPending).toBe(false)
    }
  })

  it('are awaited by init()', async () => {
    const { rig, committer, request } = await stage({ markerDelayMs: 500, random: () => 0 })
    await committer.commit(request('1', 1))
    let isReady = false
    const ready = committer.init().then(() => (isReady = true))
    await rig.clock.advance(499)
    expect(isReady).toBe(false)
    await rig.clock.advance(1)
    await ready
    expect(committedValues(rig)).toEqual(['1'])
  })
})

describe('stable offsets', () => {
  it('are refused, as something to retry, when a transaction outlasts the session timeout', async () => {
    const { rig, member, committer, request } = await stage()
    const hold = rig.log.faults.at('commit:before-end', { kind: 'hold' })
    const pending = committer.commit(request('1', 1))
    await settle()
    const asked = member.consumer.committed([{ topic: 't', partition: 0 }])
    await expect(rig.run(asked)).rejects.toMatchObject({ code: 'STREAM_OFFSETS_UNSTABLE', retryable: true })
    hold.release()
    await pending
    expect(await committedOffset(rig, member)).toBe(1)
  })

  it('do not wait for a transaction on other partitions', async () => {
    const { rig, member, committer, request } = await stage()
    rig.log.faults.at('commit:before-end', { kind: 'hold' })
    void committer.commit(request('1', 1))
    await settle()
    expect(await member.consumer.committed([{ topic: 'out', partition: 0 }])).toEqual([
      { topic: 'out', partition: 0, offset: undefined },
    ])
  })
})

describe('headers and nulls', () => {
  it('come back as they went in', async () => {
    const { rig, transport } = await stage()
    const producer = await rig.producer()
    const headers = [
      ['a', bytes('1')],
      ['a', null],
      ['b', new Uint8Array(0)],
    ] as const
    await producer.send([
      {
        topic: 'out',
        partition: 0,
        records: [{ key: null, value: new Uint8Array(0), headers, timestamp: 5 }, record('k', null)],
      },
    ])
    const reader = read(transport, 'read_committed')
    reader.assign([at('out', 0, 0)])
    const [batch] = await reader.poll({ maxWaitMs: 0 })
    expect(batch?.records[0]).toEqual({ offset: 0, timestamp: 5, key: null, value: new Uint8Array(0), headers })
    expect(batch?.records[1]?.value).toBeNull()
  })
})
