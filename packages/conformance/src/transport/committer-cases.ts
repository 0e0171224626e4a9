import assert from 'node:assert/strict'
import type { Outcome } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { numbered, outRecord } from './records.ts'
import { flagCase, type TransportCase, type TransportGroup } from './transport-case.ts'
import { commitAs, type TransportLab } from './transport-lab.ts'

/** Where transactions cannot be fenced by the group, there are none: `exactly_once` is refused. */
export function transactionCase(title: string, run: (lab: TransportLab) => Promise<void>): TransportCase {
  return flagCase('groupFencing', title, run, async (lab) => {
    await refuses('STREAM_NOT_SUPPORTED', 'a committer', () => lab.committer())
  })
}

const tooLarge = outRecord(new Uint8Array(30_000).map((_, i) => (i * 7919) >> 3))

export const committerCases: TransportGroup = {
  title: 'committer',
  cases: [
    transactionCase('commits records and offsets together', async (lab) => {
      const { member, topic } = await lab.owner(2)
      const [first, second] = [await lab.topic(2), await lab.topic(1)]
      const committer = await lab.committer()
      await commitAs('committed', committer, {
        out: [
          { topic: first, partition: 0, records: numbered('a', 3) },
          { topic: second, partition: 0, records: numbered('b', 2) },
          { topic: first, partition: 1, records: numbered('c', 1) },
        ],
        offsets: [
          { topic, partition: 0, offset: 11 },
          { topic, partition: 1, offset: 22 },
        ],
        group: member.handle,
      })
      assert.deepEqual((await lab.read(first, 0)).values, ['a0', 'a1', 'a2'])
      assert.deepEqual((await lab.read(first, 1)).values, ['c0'])
      assert.deepEqual((await lab.read(second, 0)).values, ['b0', 'b1'])
      const committed = await member.consumer.committed([0, 1].map((partition) => ({ topic, partition })))
      assert.deepEqual(
        committed.map(({ offset }) => offset),
        [11, 22],
      )
    }),
    transactionCase('commits records without offsets, offsets without records, and nothing at all', async (lab) => {
      const { member, topic } = await lab.owner()
      const out = await lab.topic()
      const committer = await lab.committer()
      const group = member.handle
      await commitAs('committed', committer, { out: [{ topic: out, partition: 0, records: numbered('', 1) }], group })
      assert.deepEqual((await lab.read(out, 0)).values, ['0'])
      await commitAs('committed', committer, { offsets: [{ topic, partition: 0, offset: 3 }], group })
      assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 3)
      await commitAs('committed', committer, { group })
    }),
    transactionCase('tells the position behind the last record of each partition', async (lab) => {
      const topic = await lab.topic(2)
      const committer = await lab.committer()
      for (let round = 0; round < 3; round++) {
        const out = [0, 1].map((partition) => ({ topic, partition, records: numbered(`${round}`, 2 + partition) }))
        const { nextOffsets } = await commitAs('committed', committer, { out })
        if (!(await lab.transport()).supports.producedOffsets) {
          assert.equal(nextOffsets, undefined, 'offsets that are not known must not be made up')
          continue
        }
        for (const partition of [0, 1]) {
          const { records } = await lab.read(topic, partition)
          const told = nextOffsets?.find((place) => place.topic === topic && place.partition === partition)
          assert.equal(told?.offset, records.at(-1)!.offset + 1)
        }
        assert.equal(nextOffsets?.length, 2)
      }
    }),
    transactionCase('a transaction ends before the next one begins, fifty times', async (lab) => {
      const { member, topic } = await lab.owner()
      const out = await lab.topic()
      const committer = await lab.committer()
      for (let i = 0; i < 50; i++) {
        await commitAs('committed', committer, {
          out: [{ topic: out, partition: 0, records: numbered('', 2, i * 2) }],
          offsets: [{ topic, partition: 0, offset: i }],
          group: member.handle,
        })
      }
      const { values } = await lab.read(out, 0)
      assert.deepEqual(
        values,
        Array.from({ length: 100 }, (_, i) => `${i}`),
      )
      assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 49)
    }),
    transactionCase('an application goes on where a committed offset of either way is', async (lab) => {
      const { member, topic } = await lab.owner()
      const committer = await lab.committer()
      const place = { topic, partition: 0 }
      await member.consumer.commit([{ ...place, offset: 1 }], member.handle)
      await commitAs('committed', committer, { offsets: [{ ...place, offset: 2 }], group: member.handle })
      assert.equal((await member.consumer.committed([place]))[0]?.offset, 2)
      await member.consumer.commit([{ ...place, offset: 3 }], member.handle)
      assert.equal((await member.consumer.committed([place]))[0]?.offset, 3)
    }),
    transactionCase('committers of different ids do not hinder each other', async (lab) => {
      const topic = await lab.topic()
      const committers = [await lab.committer(), await lab.committer()]
      const outcomes = await Promise.all(
        committers.map(async (committer, i) => {
          const kinds: Outcome['kind'][] = []
          for (let round = 0; round < 5; round++) {
            const out = [{ topic, partition: 0, records: numbered(`${i}-`, 1, round) }]
            kinds.push(
              (await committer.commit({ out, offsets: [], group: { groupId: 'none', memberId: '', generation: -1 } }))
                .kind,
            )
          }
          return kinds
        }),
      )
      assert.deepEqual(new Set(outcomes.flat()), new Set(['committed']))
      const { values } = await lab.read(topic, 0)
      for (const i of [0, 1]) {
        assert.deepEqual(
          values.filter((value) => value.startsWith(`${i}-`)),
          [0, 1, 2, 3, 4].map((round) => `${i}-${round}`),
        )
      }
    }),
    transactionCase('names the record that the log refused, and nothing of the transaction is visible', async (lab) => {
      const { member, topic } = await lab.owner()
      const out = await lab.topic(2, { 'max.message.bytes': '20000' })
      const committer = await lab.committer()
      const { refused } = await commitAs('aborted', committer, {
        out: [
          { topic: out, partition: 0, records: numbered('never', 2) },
          { topic: out, partition: 1, records: [...numbered('never', 2), tooLarge, ...numbered('never', 1)] },
        ],
        offsets: [{ topic, partition: 0, offset: 5 }],
        group: member.handle,
      })
      assert.deepEqual(refused && { ...refused }, { topic: out, partition: 1, batch: 1, record: 2 })
      for (const partition of [0, 1]) assert.deepEqual((await lab.read(out, partition)).values, [])
      assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, undefined)
    }),
    transactionCase('commits again after an abort and a new init', async (lab) => {
      const { member, topic } = await lab.owner()
      const out = await lab.topic(1, { 'max.message.bytes': '20000' })
      const committer = await lab.committer()
      const group = member.handle
      await commitAs('aborted', committer, {
        out: [{ topic: out, partition: 0, records: [outRecord('never'), tooLarge] }],
        group,
      })
      await committer.init()
      await commitAs('committed', committer, {
        out: [{ topic: out, partition: 0, records: numbered('', 2) }],
        offsets: [{ topic, partition: 0, offset: 2 }],
        group,
      })
      assert.deepEqual((await lab.read(out, 0)).values, ['0', '1'])
      assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 2)
    }),
    transactionCase('takes a batch that is too large of records that are not', async (lab) => {
      const out = await lab.topic(1, { 'max.message.bytes': '20000' })
      const records = Array.from({ length: 10 }, (_, i) => outRecord(new Uint8Array(6000).fill(i)))
      await commitAs('committed', await lab.committer(), { out: [{ topic: out, partition: 0, records }] })
      assert.deepEqual(
        (await lab.read(out, 0)).records.map(({ value }) => value?.[0]),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      )
    }),
  ],
}
