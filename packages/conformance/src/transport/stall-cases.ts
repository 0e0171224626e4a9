import assert from 'node:assert/strict'
import type { Transport } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { transactionCase } from './committer-cases.ts'
import type { Member } from './member.ts'
import { numbered } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import { commitAs, type TransportLab } from './transport-lab.ts'

interface Takeover {
  readonly topic: string
  readonly stalled: Member
  readonly stalledTransport: Transport
  readonly successor: Member
}

/** A member that is stalled until another one has its partition. */
async function takeOver(lab: TransportLab): Promise<Takeover> {
  assert.ok(lab.plan.stall, 'these cases are registered where stall is given')
  const topic = await lab.topic(1)
  const options = { groupId: lab.name('group'), topics: [topic] }
  const stalledTransport = await lab.anotherTransport()
  const stalled = await lab.member({ ...options, transport: stalledTransport })
  await stalled.untilOwns(1)
  await lab.plan.stall.begin(stalledTransport)
  const successor = await lab.member({ ...options, transport: await lab.anotherTransport() })
  await successor.untilOwns(1)
  return { topic, stalled, stalledTransport, successor }
}

/** Registered where the option `stall` is given. */
export const stallCases: TransportGroup = {
  title: 'stalled members',
  cases: [
    {
      title: 'a member that slept through its session is told of its loss, commits nothing, and joins again',
      async run(lab) {
        const { topic, stalled, stalledTransport, successor } = await takeOver(lab)
        const stale = stalled.handle
        await lab.plan.stall?.end(stalledTransport)
        await refuses('STREAM_FENCED', 'a commit of a former owner', () =>
          stalled.consumer.commit([{ topic, partition: 0, offset: 9 }], stale),
        )
        await stalled.until('it is told of its loss', () => stalled.countOf('lost') > 0)
        await stalled.until('it has joined again', () => stalled.handle.generation > stale.generation)
        await successor.until('it has joined the same generation', () => {
          return successor.handle.generation === stalled.handle.generation
        })
        const owned = [...stalled.owned, ...successor.owned]
        assert.equal(owned.length, 1, `the partition has one owner, not ${owned.length}`)
        const [committed] = await successor.consumer.committed([{ topic, partition: 0 }])
        assert.equal(committed?.offset, undefined)
      },
    },
    transactionCase('a transaction of a member that slept through its session is fenced', async (lab) => {
      const out = await lab.topic()
      const { topic, stalled, stalledTransport, successor } = await takeOver(lab)
      const committer = await lab.committer(lab.name('transactional'), stalledTransport)
      await lab.plan.stall?.end(stalledTransport)
      await commitAs('fenced', committer, {
        out: [{ topic: out, partition: 0, records: numbered('never', 2) }],
        offsets: [{ topic, partition: 0, offset: 9 }],
        group: stalled.handles[0]!,
      })
      assert.deepEqual((await lab.read(out, 0)).values, [])
      const [committed] = await successor.consumer.committed([{ topic, partition: 0 }])
      assert.equal(committed?.offset, undefined)
    }),
  ],
}
