import assert from 'node:assert/strict'
import { transactionCase } from './committer-cases.ts'
import type { Member } from './member.ts'
import { numbered } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import { commitAs } from './transport-lab.ts'

export const fencingCases: TransportGroup = {
  title: 'fencing',
  cases: [
    transactionCase('a second committer of an id fences the first, of which nothing is visible', async (lab) => {
      const topic = await lab.topic(2)
      const out = await lab.topic()
      const id = lab.name('transactional')
      // Each with a member of its own: a transport may know the memberships of its own process only.
      const options = { groupId: lab.name('group'), topics: [topic] }
      const elsewhere = await lab.anotherTransport()
      const member = await lab.member(options)
      const successor = await lab.member({ ...options, transport: elsewhere })
      await member.untilOwns(1)
      await successor.untilOwns(1)
      const request = (prefix: string, owner: Member, offset: number) => {
        const partition = Number([...owner.owned][0]?.split('/')[1])
        const records = numbered(prefix, 1)
        return {
          out: [{ topic: out, partition: 0, records }],
          offsets: [{ topic, partition, offset }],
          group: owner.handle,
        }
      }
      const first = await lab.committer(id)
      await commitAs('committed', first, request('first', member, 1))
      const second = await lab.committer(id, elsewhere)
      const { cause } = await commitAs('fenced', first, request('never', member, 2))
      assert.equal(cause.code, 'STREAM_FENCED')
      await commitAs('committed', second, request('second', successor, 3))
      assert.deepEqual((await lab.read(out, 0)).values, ['first0', 'second0'])
      const committed = await member.consumer.committed([0, 1].map((partition) => ({ topic, partition })))
      assert.deepEqual(committed.map(({ offset }) => offset).toSorted(), [1, 3])
    }),
    transactionCase('an init of the first takes the id back', async (lab) => {
      const out = await lab.topic()
      const id = lab.name('transactional')
      const first = await lab.committer(id)
      const second = await lab.committer(id, await lab.anotherTransport())
      await first.init()
      const request = (prefix: string) => ({ out: [{ topic: out, partition: 0, records: numbered(prefix, 1) }] })
      await commitAs('fenced', second, request('never'))
      await commitAs('committed', first, request('back'))
      assert.deepEqual((await lab.read(out, 0)).values, ['back0'])
    }),
    transactionCase('a commit under a generation that is over is fenced, and nothing of it is visible', async (lab) => {
      const { member, topic, groupId } = await lab.owner(2)
      const out = await lab.topic()
      const committer = await lab.committer()
      const stale = member.handle
      const second = await lab.member({ groupId, topics: [topic], transport: await lab.anotherTransport() })
      await member.untilOwns(1)
      await second.untilOwns(1)
      const { cause } = await commitAs('fenced', committer, {
        out: [{ topic: out, partition: 0, records: numbered('never', 3) }],
        offsets: [{ topic, partition: 0, offset: 7 }],
        group: stale,
      })
      assert.equal(cause.code, 'STREAM_FENCED')
      assert.deepEqual((await lab.read(out, 0)).values, [])
      assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, undefined)
      await committer.init()
      await commitAs('committed', committer, {
        out: [{ topic: out, partition: 0, records: numbered('again', 1) }],
        offsets: [{ topic, partition: 0, offset: 8 }],
        group: member.handle,
      })
      assert.deepEqual((await lab.read(out, 0)).values, ['again0'])
    }),
    transactionCase('a commit of a member that left is fenced', async (lab) => {
      const { member, topic, groupId } = await lab.owner()
      const out = await lab.topic()
      const committer = await lab.committer()
      const stale = member.handle
      await member.close()
      const next = await lab.member({ groupId, topics: [topic], transport: await lab.anotherTransport() })
      await next.untilOwns(1)
      await commitAs('fenced', committer, {
        out: [{ topic: out, partition: 0, records: numbered('never', 1) }],
        offsets: [{ topic, partition: 0, offset: 7 }],
        group: stale,
      })
      assert.deepEqual((await lab.read(out, 0)).values, [])
      assert.equal((await next.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, undefined)
    }),
  ],
}
