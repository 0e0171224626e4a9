// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one.
import type { Admin, Committer, GroupHandle, Outcome, Reader, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  fresh,
  groupOptions,
  join,
  KafkaFixture,
  readAll,
  readerOptions,
  record,
  recordsOf,
  text,
} from './kafka-fixture.ts'

describe.each(['auto', 'classic'] as const)('transactions, protocol %s', (transactionProtocol) => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin
  let reader: Reader
  let dirtyReader: Reader

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport({ transactionProtocol })
    admin = transport.admin()
    reader = transport.reader(readerOptions)
    dirtyReader = transport.reader({ ...readerOptions, isolation: 'read_uncommitted' })
  })
  afterAll(() => kafka.close())

  async function member(topic: string, groupId = fresh('group')) {
    const { consumer, listener } = join(transport, groupOptions(groupId, [topic]))
    await listener.seen('assign')
    return { consumer, listener, group: listener.group as GroupHandle }
  }

  async function committer(transactionalId = fresh('tx'), timeoutMs = 20_000): Promise<Committer> {
    const made = transport.committer({ transactionalId, timeoutMs })
    await made.init()
    return made
  }

  const committed = (outcome: Outcome) => {
    if (outcome.kind !== 'committed') throw outcome.cause
    return outcome.nextOffsets
  }

  it('makes records and offsets visible together, and tells the positions behind them', async () => {
    const input = await kafka.topic(admin, 1)
    const output = await kafka.topic(admin, 2)
    const { consumer, group } = await member(input)
    const tx = await committer()
    for (let round = 0; round < 3; round++) {
      const outcome = await tx.commit({
        out: [
          { topic: output, partition: 0, records: [record('a', `${round}`), record('b', `${round}`)] },
          { topic: output, partition: 1, records: [record('c', `${round}`)] },
        ],
        offsets: [{ topic: input, partition: 0, offset: round + 1 }],
        group,
      })
      // Each transaction leaves a marker behind, one offset wide.
      expect(committed(outcome)).toEqual([
        { topic: output, partition: 0, offset: round * 3 + 2 },
        { topic: output, partition: 1, offset: round * 2 + 1 },
      ])
    }
    expect(await consumer.committed([{ topic: input, partition: 0 }])).toEqual([
      { topic: input, partition: 0, offset: 3 },
    ])
    const batches = await readAll(reader, { topic: output, partition: 0 })
    expect(recordsOf(batches).map((one) => [one.offset, text(one.key), text(one.value)])).toEqual([
      [0, 'a', '0'],
      [1, 'b', '0'],
      [3, 'a', '1'],
      [4, 'b', '1'],
      [6, 'a', '2'],
      [7, 'b', '2'],
    ])
    expect(batches.at(-1)?.nextOffset).toBe(9)
    await consumer.close({ leave: true })
    await tx.close()
  })

  it('refuses the zombie of an older generation: nothing of its transaction is seen, the offsets stay', async () => {
    const input = await kafka.topic(admin, 1)
    const output = await kafka.topic(admin, 1)
    const { consumer, listener, group: old } = await member(input)
    const second = join(transport, groupOptions(old.groupId, [input]))
    await second.listener.seen('assign')
    await listener.until(() => (listener.group?.generation ?? 0) > old.generation)
    const zombie = await committer()
    const offsets = [{ topic: input, partition: 0, offset: 5 }]
    const outcome = await zombie.commit({
      out: [{ topic: output, partition: 0, records: [record('z', 'zombie')] }],
      offsets,
      group: old,
    })
    expect(outcome.kind).toBe('fenced')
    expect(outcome.kind !== 'committed' && outcome.cause.code).toBe('STREAM_FENCED')
    expect(recordsOf(await readAll(reader, { topic: output, partition: 0 }))).toEqual([])
    expect(recordsOf(await readAll(dirtyReader, { topic: output, partition: 0 }))).toHaveLength(1)
    expect(await consumer.committed([{ topic: input, partition: 0 }])).toEqual([
      { topic: input, partition: 0, offset: undefined },
    ])
    // The same id goes on after init(), under the new generation.
    await zombie.init()
    expect((await zombie.commit({ out: [], offsets, group: listener.group as GroupHandle })).kind).toBe('committed')
    await Promise.all([consumer.close({ leave: true }), second.consumer.close({ leave: true })])
  })

  it('refuses a member that the group does not know', async () => {
    const input = await kafka.topic(admin, 1)
    const tx = await committer()
    const group = { groupId: fresh('group'), memberId: 'nobody', generation: 4 }
    const outcome = await tx.commit({ out: [], offsets: [{ topic: input, partition: 0, offset: 1 }], group })
    expect(outcome).toMatchObject({ kind: 'fenced', cause: { code: 'STREAM_FENCED' } })
  })

  it('fences the former holder of a transactional id', async () => {
    const output = await kafka.topic(admin, 1)
    const id = fresh('tx')
    const group = { groupId: fresh('group'), memberId: 'x', generation: 1 }
    const first = await committer(id)
    const batch = (value: string) => ({
      out: [{ topic: output, partition: 0, records: [record('k', value)] }],
      offsets: [],
      group,
    })
    committed(await first.commit(batch('first')))
    const second = await committer(id)
    const outcome = await first.commit(batch('zombie'))
    expect(outcome).toMatchObject({ kind: 'fenced', cause: { code: 'STREAM_FENCED' } })
    committed(await second.commit(batch('second')))
    const seen = recordsOf(await readAll(reader, { topic: output, partition: 0 }))
    expect(seen.map((one) => text(one.value))).toEqual(['first', 'second'])
  })

  it('names the record that is too large, and shows nothing of its transaction', async () => {
    const output = await kafka.topic(admin, 2, { 'max.message.bytes': '2000' })
    const tx = await committer()
    const records = [record('a', 'x'), record('b', 'x'.repeat(5000)), record('c', 'x')]
    const group = { groupId: fresh('group'), memberId: 'x', generation: 1 }
    const outcome = await tx.commit({
      out: [
        { topic: output, partition: 1, records: [] },
        { topic: output, partition: 0, records },
      ],
      offsets: [],
      group,
    })
    expect(outcome).toMatchObject({
      kind: 'aborted',
      refused: { topic: output, partition: 0, batch: 1, record: 1 },
      cause: { code: 'STREAM_RECORD_TOO_LARGE' },
    })
    expect(await tx.commit({ out: [], offsets: [], group }).then((one) => one.kind)).toBe('aborted')
    await tx.init()
    committed(
      await tx.commit({ out: [{ topic: output, partition: 0, records: [record('d', 'ok')] }], offsets: [], group }),
    )
    const seen = recordsOf(await readAll(reader, { topic: output, partition: 0 }))
    expect(seen.map((one) => text(one.key))).toEqual(['d'])
  })

  it('takes many batches larger together than one request, in order', async () => {
    const output = await kafka.topic(admin, 1)
    const tx = await committer()
    const group = { groupId: fresh('group'), memberId: 'x', generation: 1 }
    const value = 'x'.repeat(1000)
    const records = Array.from({ length: 3000 }, (_, i) => record(`${i}`, value))
    const outcome = await tx.commit({ out: [{ topic: output, partition: 0, records }], offsets: [], group })
    expect(committed(outcome)).toEqual([{ topic: output, partition: 0, offset: 3000 }])
    const seen = recordsOf(await readAll(reader, { topic: output, partition: 0 }))
    expect(seen.map((one) => Number(text(one.key)))).toEqual(records.map((_, i) => i))
  })
})
