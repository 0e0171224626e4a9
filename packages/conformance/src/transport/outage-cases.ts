import assert from 'node:assert/strict'
import type { Outcome } from '@stream/core/adapter'
import { transactionCase } from './committer-cases.ts'
import { numbered, textOf } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'
import { pass } from './until.ts'

async function outage(lab: TransportLab, during: () => Promise<void>): Promise<void> {
  assert.ok(lab.plan.outage, 'these cases are registered where outage is given')
  await lab.plan.outage.begin()
  try {
    await during()
  } finally {
    await lab.plan.outage.end()
  }
}

/** Registered where the option `outage` is given. */
export const outageCases: TransportGroup = {
  title: 'outage',
  cases: [
    {
      title: 'what is sent while the log is away is there once and in order when it is back',
      async run(lab) {
        const topic = await lab.topic()
        const producer = (await lab.transport()).producer({ deliveryTimeoutMs: lab.timing.patienceMs })
        await producer.send([{ topic, partition: 0, records: numbered('', 2) }])
        const calls: Promise<unknown>[] = []
        await outage(lab, async () => {
          for (let i = 1; i < 5; i++)
            calls.push(producer.send([{ topic, partition: 0, records: numbered('', 2, i * 2) }]))
          await pass(Math.min(lab.timing.quietMs, lab.timing.sessionTimeoutMs / 3))
        })
        await Promise.all(calls)
        assert.deepEqual((await lab.read(topic, 0)).values, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
      },
    },
    {
      title: 'readers and members go on by themselves, without a gap or a repetition',
      async run(lab) {
        const topic = await lab.topic()
        const member = await lab.member({ groupId: lab.name('group'), topics: [topic] })
        await lab.produce(topic, 0, numbered('', 3))
        await member.untilRecords(topic, 0, 3)
        await outage(lab, () => pass(Math.min(lab.timing.quietMs, lab.timing.sessionTimeoutMs / 3)))
        await lab.produce(topic, 0, numbered('', 3, 3))
        await member.until('the record behind the outage came', () => {
          return member.recordsOf(topic, 0).some((record) => textOf(record) === '5')
        })
        assert.deepEqual(member.recordsOf(topic, 0).map(textOf), ['0', '1', '2', '3', '4', '5'])
        assert.equal(member.pollError, undefined, 'temporary trouble must not reject poll()')
      },
    },
    transactionCase(
      'a commit in an outage is whole or not at all, as its outcome says, or as init decides',
      async (lab) => {
        const { member, topic } = await lab.owner()
        const out = await lab.topic()
        const committer = await lab.committer()
        const request = {
          out: [{ topic: out, partition: 0, records: numbered('', 3) }],
          offsets: [{ topic, partition: 0, offset: 3 }],
          group: member.handle,
        }
        let pending: Promise<Outcome> | undefined
        await outage(lab, async () => {
          pending = committer.commit(request)
          await pass(Math.min(lab.timing.quietMs, lab.timing.sessionTimeoutMs / 3))
        })
        const outcome = await pending
        if (outcome?.kind !== 'committed') await committer.init()
        const { values } = await lab.read(out, 0)
        const [committed] = await member.consumer.committed([{ topic, partition: 0 }])
        const isThere = values.length > 0
        assert.deepEqual(values, isThere ? ['0', '1', '2'] : [])
        assert.equal(committed?.offset, isThere ? 3 : undefined, 'records and offsets must agree')
        if (outcome?.kind === 'committed') assert.ok(isThere, 'it was called committed')
        if (outcome?.kind === 'aborted' || outcome?.kind === 'fenced')
          assert.ok(!isThere, `it was called ${outcome.kind}`)
      },
    ),
  ],
}
