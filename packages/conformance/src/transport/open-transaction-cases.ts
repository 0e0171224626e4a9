import assert from 'node:assert/strict'
import type { CommitRequest } from '@stream/core/adapter'
import { transactionCase } from './committer-cases.ts'
import { numbered } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import { commitAs, type TransportLab } from './transport-lab.ts'
import { pass, within } from './until.ts'

async function leaveOpen(lab: TransportLab, transactionalId: string, request: CommitRequest): Promise<void> {
  assert.ok(lab.plan.leaveOpen, 'these cases are registered where leaveOpen is given')
  await lab.plan.leaveOpen(transactionalId, request)
}

/** Registered where the option `leaveOpen` is given. */
export const openTransactionCases: TransportGroup = {
  title: 'open transactions',
  cases: [
    transactionCase('committed offsets are not told before the transaction on them has ended', async (lab) => {
      const { member, topic } = await lab.owner()
      const place = { topic, partition: 0 }
      const id = lab.name('transactional')
      const group = member.handle
      await commitAs('committed', await lab.committer(id), { offsets: [{ ...place, offset: 1 }], group })
      await leaveOpen(lab, id, { out: [], offsets: [{ ...place, offset: 2 }], group })
      let answered = false
      // Bounded by the session timeout, it may give up and reject; it must not answer.
      const asked = member.consumer.committed([place]).then(
        () => {
          answered = true
        },
        () => undefined,
      )
      await pass(Math.min(lab.timing.quietMs, lab.timing.sessionTimeoutMs / 2))
      assert.ok(!answered, 'committed() answered while a transaction on the offsets was pending')
      await lab.committer(id, await lab.anotherTransport())
      await within(lab.timing.patienceMs, 'the answer of committed()', asked)
      const [after] = await member.consumer.committed([place])
      assert.equal(after?.offset, 1, 'what was left open is aborted')
    }),
    transactionCase('init ends what was left open, before it resolves', async (lab) => {
      const out = await lab.topic()
      const { member } = await lab.owner()
      const id = lab.name('transactional')
      await lab.produce(out, 0, ['before'])
      await leaveOpen(lab, id, {
        out: [{ topic: out, partition: 0, records: numbered('never', 3) }],
        offsets: [],
        group: member.handle,
      })
      await lab.produce(out, 0, ['behind'])
      const reader = await lab.reader()
      const [stable] = await reader.endOffsets([{ topic: out, partition: 0 }], 'read_committed')
      assert.equal(stable?.offset, 1, 'the last stable offset stays before an open transaction')
      const committer = await lab.committer(id)
      assert.deepEqual((await lab.read(out, 0)).values, ['before', 'behind'])
      await commitAs('committed', committer, { out: [{ topic: out, partition: 0, records: numbered('next', 1) }] })
      assert.deepEqual((await lab.read(out, 0)).values, ['before', 'behind', 'next0'])
    }),
    transactionCase('read_committed stops before an open transaction, read_uncommitted does not', async (lab) => {
      const out = await lab.topic()
      const { member } = await lab.owner()
      const id = lab.name('transactional')
      await lab.produce(out, 0, ['a'])
      await leaveOpen(lab, id, {
        out: [{ topic: out, partition: 0, records: numbered('open', 2) }],
        offsets: [],
        group: member.handle,
      })
      await lab.produce(out, 0, ['b'])
      assert.deepEqual((await lab.read(out, 0, 'read_uncommitted')).values, ['a', 'open0', 'open1', 'b'])
      const reader = await lab.reader('read_committed')
      reader.assign([{ topic: out, partition: 0, offset: 0 }])
      const end = performance.now() + lab.timing.quietMs
      const seen: number[] = []
      let position = 0
      while (performance.now() < end) {
        for (const batch of await reader.poll({ maxWaitMs: 50 })) {
          seen.push(...batch.records.map(({ offset }) => offset))
          position = batch.nextOffset
        }
      }
      assert.deepEqual(seen, [0])
      assert.equal(position, 1)
      await lab.committer(id)
      assert.deepEqual((await lab.read(out, 0)).values, ['a', 'b'])
    }),
  ],
}
