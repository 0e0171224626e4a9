import assert from 'node:assert/strict'
import { transactionCase } from './committer-cases.ts'
import { numbered, outRecord } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import { commitAs, type TransportLab } from './transport-lab.ts'

/** Leaves records of a transaction that failed in the topic, where the transport writes before it is fenced. */
async function failTransaction(lab: TransportLab, topic: string, count: number): Promise<void> {
  const { member, topic: input } = await lab.owner()
  const stale = member.handle
  await member.close()
  await commitAs('fenced', await lab.committer(), {
    out: [{ topic, partition: 0, records: numbered('aborted', count) }],
    offsets: [{ topic: input, partition: 0, offset: 1 }],
    group: stale,
  })
}

export const visibilityCases: TransportGroup = {
  title: 'transactions in the log',
  cases: [
    transactionCase('the position steps over the markers behind the last record', async (lab) => {
      const topic = await lab.topic()
      const committer = await lab.committer()
      for (let i = 0; i < 3; i++) {
        await commitAs('committed', committer, { out: [{ topic, partition: 0, records: numbered('', 2, i * 2) }] })
        for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
          const { values, nextOffset } = await lab.read(topic, 0, isolation)
          assert.equal(values.length, i * 2 + 2)
          const reader = await lab.reader()
          const [end] = await reader.endOffsets([{ topic, partition: 0 }], 'read_uncommitted')
          // A marker may be written after the records could be read: from there on is nothing else, and the position steps over it.
          const rest = await lab.read(topic, 0, isolation, nextOffset)
          assert.deepEqual(rest.values, [])
          assert.equal(rest.nextOffset, end?.offset, 'the position must reach the log end')
        }
      }
    }),
    transactionCase('a record behind a transaction is read from the position the transaction left', async (lab) => {
      const topic = await lab.topic()
      await commitAs('committed', await lab.committer(), { out: [{ topic, partition: 0, records: numbered('', 2) }] })
      const { nextOffset } = await lab.read(topic, 0)
      await lab.produce(topic, 0, ['plain'])
      assert.deepEqual((await lab.read(topic, 0, 'read_committed', nextOffset)).values, ['plain'])
    }),
    transactionCase(
      'aborted records are stepped over by read_committed, also where nothing else follows',
      async (lab) => {
        const topic = await lab.topic()
        await lab.produce(topic, 0, ['a'])
        await failTransaction(lab, topic, 5)
        assert.deepEqual((await lab.read(topic, 0)).values, ['a'])
        await lab.produce(topic, 0, ['b'])
        await failTransaction(lab, topic, 3)
        assert.deepEqual((await lab.read(topic, 0)).values, ['a', 'b'])
        assert.deepEqual((await lab.read(topic, 0, 'read_committed', 1)).values, ['b'])
      },
    ),
    transactionCase('read_uncommitted reads aborted records too, where they are in the log', async (lab) => {
      const topic = await lab.topic()
      await failTransaction(lab, topic, 2)
      await lab.produce(topic, 0, ['plain'])
      const { values } = await lab.read(topic, 0, 'read_uncommitted')
      assert.ok([1, 3].includes(values.length), `all of a batch, or nothing: ${values}`)
      assert.equal(values.at(-1), 'plain')
    }),
    transactionCase('a group member gets committed records only, and goes on behind aborted ones', async (lab) => {
      const topic = await lab.topic()
      const member = await lab.member({ groupId: lab.name('group'), topics: [topic] })
      await member.untilOwns(1)
      await failTransaction(lab, topic, 2)
      await commitAs('committed', await lab.committer(), { out: [{ topic, partition: 0, records: numbered('ok', 2) }] })
      await failTransaction(lab, topic, 2)
      await lab.produce(topic, 0, [outRecord('end')])
      await member.until('the last record came', () => member.recordsOf(topic, 0).length >= 3)
      const values = member.recordsOf(topic, 0).map(({ value }) => Buffer.from(value ?? '').toString())
      assert.deepEqual(values, ['ok0', 'ok1', 'end'])
      const reader = await lab.reader()
      const [end] = await reader.endOffsets([{ topic, partition: 0 }], 'read_uncommitted')
      await member.until('its position reaches the log end', () => member.batches.at(-1)?.nextOffset === end?.offset)
    }),
  ],
}
