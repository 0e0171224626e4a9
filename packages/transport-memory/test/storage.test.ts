import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, Rig, read, record, text, values } from './rig.ts'

async function sendAll(
  rig: Rig,
  entries: readonly (readonly [string | null, string | null])[],
  timestamp?: number,
): Promise<void> {
  const producer = await rig.producer()
  const records = entries.map(([key, value]) => record(key, value, timestamp))
  const [produced] = await producer.send([{ topic: 't', partition: 0, records }])
  expect(produced?.error).toBeUndefined()
}

function contents(rig: Rig): (readonly [number, string | null, string | null])[] {
  return rig.log.records('t', 0).map((one) => [one.offset, text(one.key), text(one.value)])
}

function compacted(configs: Readonly<Record<string, string>> = {}): Rig {
  const rig = new Rig()
  rig.log.createTopic({ name: 't', configs: { 'cleanup.policy': 'compact', ...configs } })
  return rig
}

describe('compaction', () => {
  it('keeps the last record of each key at its offset, and readers step over the holes', async () => {
    const rig = compacted()
    await sendAll(rig, [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['b', '2'],
      ['c', '1'],
    ])
    expect(rig.log.compact()).toBe(2)
    expect(contents(rig)).toEqual([
      [2, 'a', '2'],
      [3, 'b', '2'],
      [4, 'c', '1'],
    ])
    const reader = read(await rig.transport(), 'read_committed')
    reader.assign([at('t', 0, 1)])
    const [batch] = await reader.poll({ maxWaitMs: 0 })
    expect(values([batch!])).toEqual(['2', '2', '1'])
    expect(batch?.nextOffset).toBe(5)
  })

  it('may leave a region without any record, which a position steps over to the log end', async () => {
    const rig = compacted({ 'delete.retention.ms': '0' })
    await sendAll(rig, [
      ['a', '1'],
      ['a', null],
    ])
    rig.log.compact()
    await rig.clock.advance(1)
    rig.log.compact()
    expect(contents(rig)).toEqual([])
    expect(rig.log.offsets('t', 0)).toEqual({ start: 0, stable: 2, end: 2 })
    const reader = read(await rig.transport(), 'read_committed')
    reader.assign([at('t', 0, 0)])
    const [batch] = await reader.poll({ maxWaitMs: 0 })
    expect([batch?.records.length, batch?.nextOffset]).toEqual([0, 2])
  })

  it('stops before the first of several open transactions, whichever of them ends first', async () => {
    const rig = compacted()
    await sendAll(rig, [['a', '1']])
    const transport = await rig.transport()
    const before = rig.log.faults.at('commit:before-end', { kind: 'hold' }, { times: 2 })
    const group = { groupId: 'g', memberId: '', generation: 0 }
    for (const [transactionalId, timeoutMs] of [
      ['first', 60_000],
      ['second', 20_000],
    ] as const) {
      const committer = transport.committer({ transactionalId, timeoutMs })
      await committer.init()
      const out = [{ topic: 't', partition: 0, records: [record('a', transactionalId)] }]
      void committer.commit({ out, offsets: [], group })
      await rig.clock.advance(1)
    }
    expect(before.hits).toBe(2)
    await sendAll(rig, [['a', '2']])
    expect(rig.log.offsets('t', 0)).toEqual({ start: 0, stable: 1, end: 4 })
    expect(rig.log.compact()).toBe(0)
    await rig.clock.advance(21_000)
    expect(rig.log.offsets('t', 0)).toEqual({ start: 0, stable: 1, end: 5 })
    expect(rig.log.compact()).toBe(0)
    await rig.clock.advance(60_000)
    expect(rig.log.offsets('t', 0)).toEqual({ start: 0, stable: 6, end: 6 })
    rig.log.compact()
    expect(contents(rig)).toEqual([[3, 'a', '2']])
  })

  it('keeps a tombstone for delete.retention.ms after the first pass that saw it', async () => {
    const rig = compacted({ 'delete.retention.ms': '1000' })
    await sendAll(rig, [
      ['a', '1'],
      ['a', null],
      ['b', '1'],
    ])
    await rig.clock.advance(5_000)
    rig.log.compact()
    expect(contents(rig)).toEqual([
      [1, 'a', null],
      [2, 'b', '1'],
    ])
    await rig.clock.advance(999)
    rig.log.compact()
    expect(contents(rig)).toHaveLength(2)
    await rig.clock.advance(1)
    rig.log.compact()
    expect(contents(rig)).toEqual([[2, 'b', '1']])
  })

  it('never passes the last stable offset, and drops what was aborted', async () => {
    const rig = compacted()
    const transport = await rig.transport()
    await sendAll(rig, [
      ['a', '1'],
      ['a', '2'],
    ])
    const committer = transport.committer({ transactionalId: 'x', timeoutMs: 10_000 })
    await committer.init()
    rig.log.faults.at('commit:before-end', { kind: 'crash' })
    const out = [{ topic: 't', partition: 0, records: [record('a', 'aborted')] }]
    void committer.commit({ out, offsets: [], group: { groupId: 'g', memberId: '', generation: 0 } })
    await sendAll(rig, [
      ['a', '3'],
      ['a', '4'],
    ])
    rig.log.compact()
    const reader = read(await rig.transport(), 'read_uncommitted')
    reader.assign([at('t', 0, 0)])
    expect(values(await reader.poll({ maxWaitMs: 0 }))).toEqual(['2', 'aborted', '3', '4'])
    await rig.clock.advance(10_000)
    rig.log.compact()
    reader.assign([at('t', 0, 0)])
    expect(values(await reader.poll({ maxWaitMs: 0 }))).toEqual(['4'])
  })

  it('leaves what is younger than min.compaction.lag.ms alone', async () => {
    const rig = compacted({ 'min.compaction.lag.ms': '1000' })
    await sendAll(
      rig,
      [
        ['a', '1'],
        ['a', '2'],
      ],
      rig.clock.now(),
    )
    await rig.clock.advance(500)
    expect(rig.log.compact()).toBe(0)
    await rig.clock.advance(600)
    expect(rig.log.compact()).toBe(1)
  })

  it('happens by itself when enough has changed, and only where the topic asks for it', async () => {
    const rig = compacted()
    rig.log.createTopic({ name: 'u' })
    await sendAll(rig, [
      ['a', '1'],
      ['a', '2'],
    ])
    const producer = await rig.producer()
    await producer.send([{ topic: 'u', partition: 0, records: [record('a', '1'), record('a', '2')] }])
    await rig.clock.advance(30_000)
    expect(contents(rig)).toEqual([[1, 'a', '2']])
    rig.log.compact()
    expect(rig.log.offsets('u', 0)).toMatchObject({ start: 2 })
  })

  it('refuses a record without a key, and takes its neighbours', async () => {
    const rig = compacted()
    const producer = await rig.producer()
    const [produced] = await producer.send([
      { topic: 't', partition: 0, records: [record('a', '1'), record(null, '2'), record('b', '3')] },
    ])
    expect(produced?.error?.code).toBe('STREAM_BROKER_REFUSED')
    expect([produced?.refused, produced?.baseOffset]).toEqual([1, 0])
    expect(contents(rig)).toEqual([
      [0, 'a', '1'],
      [1, 'b', '3'],
    ])
  })

  it('never changes what the fold of the log is, whatever it is made of', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.nat(99)) }) },
      { weight: 2, arbitrary: fc.constant('compact' as const) },
      { weight: 1, arbitrary: fc.constant('wait' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const rig = compacted({ 'delete.retention.ms': '100' })
        const model = new Map<string, string>()
        let written = 0
        for (const one of steps) {
          if (one === 'compact') rig.log.compact()
          else if (one === 'wait') await rig.clock.advance(150)
          else {
            const value = one.value === null ? null : String(one.value)
            await sendAll(rig, [[one.key, value]])
            written += 1
            if (value === null) model.delete(one.key)
            else model.set(one.key, value)
          }
        }
        rig.log.compact()
        const fold = new Map<string, string>()
        let previous = -1
        for (const [offset, key, value] of contents(rig)) {
          expect(offset).toBeGreaterThan(previous)
          previous = offset
          if (value === null) fold.delete(key as string)
          else fold.set(key as string, value)
        }
        expect(fold).toEqual(model)
        expect(rig.log.offsets('t', 0).end).toBe(written)
        expect(contents(rig).filter(([, , value]) => value !== null)).toHaveLength(model.size)
      }),
      { numRuns: 60 },
    )
  })
})

describe('retention', () => {
  it('drops what is older than retention.ms by its own timestamp, the flights of 2001 included', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', configs: { 'retention.ms': '60000' } })
    await sendAll(rig, [['a', 'old']], Date.UTC(2001, 0, 1))
    rig.log.upkeep()
    expect(rig.log.offsets('t', 0)).toEqual({ start: 1, stable: 1, end: 1 })
    await sendAll(rig, [['a', 'new']], rig.clock.now())
    rig.log.upkeep()
    expect(contents(rig)).toEqual([[1, 'a', 'new']])
    await rig.clock.advance(90_001)
    expect(contents(rig)).toEqual([])
  })

  it('keeps everything with retention.ms -1, and with cleanup.policy compact', async () => {
    for (const configs of [{ 'retention.ms': '-1' }, { 'cleanup.policy': 'compact' }]) {
      const rig = new Rig()
      rig.log.createTopic({ name: 't', configs })
      await sendAll(rig, [['a', 'old']], 1)
      rig.log.upkeep()
      expect(contents(rig)).toHaveLength(1)
    }
  })

  it('drops whole segments above retention.bytes, from the front', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', configs: { 'retention.ms': '-1', 'retention.bytes': '1000' } })
    const many = Array.from({ length: 20_000 }, (_, i) => ['k', String(i)] as const)
    await sendAll(rig, many)
    rig.log.upkeep()
    const { start, end } = rig.log.offsets('t', 0)
    expect(start).toBe(16_384)
    expect(end).toBe(20_000)
  })

  it('never drops what belongs to an open transaction', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', configs: { 'retention.ms': '1000' } })
    const committer = (await rig.transport()).committer({ transactionalId: 'x', timeoutMs: 100_000 })
    await committer.init()
    rig.log.faults.at('commit:before-end', { kind: 'hold' })
    const out = [{ topic: 't', partition: 0, records: [record('a', '1')] }]
    void committer.commit({ out, offsets: [], group: { groupId: 'g', memberId: '', generation: 0 } })
    await rig.clock.advance(50_000)
    expect(rig.log.records('t', 0, 'read_uncommitted')).toHaveLength(1)
    await rig.clock.advance(100_000)
    expect(rig.log.offsets('t', 0)).toEqual({ start: 2, stable: 2, end: 2 })
  })
})

describe('fetches', () => {
  it('are bounded by bytes per partition and per poll, a single larger record excepted', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    await sendAll(rig, [
      ['k', 'x'.repeat(50)],
      ['k', 'y'.repeat(50)],
      ['k', 'z'.repeat(500)],
      ['k', 'w'],
    ])
    const limits = { isolation: 'read_committed', maxPollBytes: 130, maxPartitionBytes: 130, fetchWaitMs: 1 } as const
    const reader = (await rig.transport()).reader(limits)
    reader.assign([at('t', 0, 0)])
    const sizes: number[] = []
    for (let i = 0; i < 3; i += 1) {
      const fetched = await reader.poll({ maxWaitMs: 0 })
      sizes.push(fetched.reduce((sum, batch) => sum + batch.records.length, 0))
    }
    expect(sizes).toEqual([2, 1, 1])
  })

  it('come to every partition in turn when one poll cannot hold them all', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', partitions: 3 })
    const producer = await rig.producer()
    await producer.send(
      [0, 1, 2].map((partition) => ({ topic: 't', partition, records: [record('k', `p${partition}`)] })),
    )
    const limits = { isolation: 'read_committed', maxPollBytes: 1, maxPartitionBytes: 1, fetchWaitMs: 1 } as const
    const reader = (await rig.transport()).reader(limits)
    reader.assign([0, 1, 2].map((partition) => at('t', partition, 0)))
    const seen: (string | null)[] = []
    for (let i = 0; i < 3; i += 1) seen.push(...values(await reader.poll({ maxWaitMs: 0 })))
    expect(seen.sort()).toEqual(['p0', 'p1', 'p2'])
  })

  it('cross segments without a gap, from any position, under any deletion', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't' })
    await sendAll(
      rig,
      Array.from({ length: 20_000 }, (_, i) => ['k', String(i)] as const),
    )
    const transport = await rig.transport()
    await transport.admin().deleteRecords([at('t', 0, 8_191)])
    const reader = read(transport, 'read_committed')
    for (const from of [8_191, 8_192, 16_383, 19_999]) {
      reader.assign([at('t', 0, from)])
      let next = from
      while (next < 20_000) {
        for (const batch of await reader.poll({ maxWaitMs: 0 })) {
          for (const one of batch.records) expect(one.offset).toBe(next++)
          expect(batch.nextOffset).toBe(next)
        }
      }
    }
  })

  it('stamp records with the append time where the topic says so', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', configs: { 'message.timestamp.type': 'LogAppendTime' } })
    await sendAll(rig, [['a', '1']], 5)
    expect(rig.log.records('t', 0)[0]?.timestamp).toBe(rig.clock.now())
  })
})
