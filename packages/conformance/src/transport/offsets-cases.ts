import assert from 'node:assert/strict'
import { refuses } from '../kit/index.ts'
import type { TransportGroup } from './transport-case.ts'

export const offsetsCases: TransportGroup = {
  title: 'group offsets',
  cases: [
    {
      title: 'committed offsets are undefined before the first commit, then what was committed',
      async run(lab) {
        const { member, topic } = await lab.owner(3)
        const places = [2, 0, 1].map((partition) => ({ topic, partition }))
        assert.deepEqual(
          await member.consumer.committed(places),
          places.map((place) => ({ ...place, offset: undefined })),
        )
        await member.consumer.commit(
          [
            { topic, partition: 0, offset: 7 },
            { topic, partition: 2, offset: 0 },
          ],
          member.handle,
        )
        assert.deepEqual(
          (await member.consumer.committed(places)).map(({ offset }) => offset),
          [0, 7, undefined],
        )
      },
    },
    {
      title: 'a later commit replaces an earlier one, forwards and backwards',
      async run(lab) {
        const { member, topic } = await lab.owner()
        for (const offset of [5, 9, 3]) {
          await member.consumer.commit([{ topic, partition: 0, offset }], member.handle)
          assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, offset)
        }
      },
    },
    {
      title: 'committed offsets outlive the members of the group',
      async run(lab) {
        const { member, topic, groupId } = await lab.owner()
        await member.consumer.commit([{ topic, partition: 0, offset: 4 }], member.handle)
        await member.close()
        const next = await lab.member({ groupId, topics: [topic], transport: await lab.anotherTransport() })
        await next.untilOwns(1)
        assert.equal((await next.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 4)
      },
    },
    {
      title: 'groups do not see the offsets of each other',
      async run(lab) {
        const { member, topic } = await lab.owner()
        await member.consumer.commit([{ topic, partition: 0, offset: 4 }], member.handle)
        const other = await lab.member({ groupId: lab.name('group'), topics: [topic] })
        await other.untilOwns(1)
        assert.equal((await other.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, undefined)
      },
    },
    {
      title: 'refuses a commit under a generation that is over, and keeps the offsets',
      async run(lab) {
        const { member, topic, groupId } = await lab.owner(2)
        const stale = member.handle
        await member.consumer.commit([{ topic, partition: 0, offset: 1 }], stale)
        const second = await lab.member({ groupId, topics: [topic], transport: await lab.anotherTransport() })
        await member.untilOwns(1)
        await second.untilOwns(1)
        await refuses('STREAM_FENCED', 'a commit under an old generation', () =>
          member.consumer.commit([{ topic, partition: 0, offset: 2 }], stale),
        )
        assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 1)
        await member.consumer.commit([{ topic, partition: 0, offset: 3 }], member.handle)
        assert.equal((await member.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, 3)
      },
    },
    {
      title: 'refuses a commit of a member that left',
      async run(lab) {
        const { member, topic, groupId } = await lab.owner()
        const stale = member.handle
        await member.close()
        const next = await lab.member({ groupId, topics: [topic], transport: await lab.anotherTransport() })
        await next.untilOwns(1)
        await refuses('STREAM_FENCED', 'a commit of a member that left', () =>
          next.consumer.commit([{ topic, partition: 0, offset: 2 }], stale),
        )
        assert.equal((await next.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, undefined)
      },
    },
  ],
}
