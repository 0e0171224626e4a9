import assert from 'node:assert/strict'
import type { Assignor, GroupHandle, TopicPartition } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { numbered } from './records.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'
import { commitAs, type TransportLab } from './transport-lab.ts'
import { pass } from './until.ts'

async function refusesCooperative(lab: TransportLab): Promise<void> {
  const topic = await lab.topic()
  await refuses('STREAM_NOT_SUPPORTED', 'rebalance: cooperative', async () => {
    const member = await lab.member({ groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' })
    await member.until('poll() refuses it', () => member.pollError !== undefined)
    throw member.pollError
  })
}

export const cooperativeCases: TransportGroup = {
  title: 'cooperative rebalance',
  cases: [
    flagCase(
      'cooperative',
      'only partitions that move are revoked, and only new ones assigned',
      async (lab) => {
        const topic = await lab.topic(4)
        const options = { groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' as const }
        const first = await lab.member(options)
        await first.untilOwns(4)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(2)
        await second.untilOwns(2)
        const revoked = first.events.filter(({ kind }) => kind === 'revoke').flatMap(({ partitions }) => partitions)
        assert.deepEqual(revoked.toSorted(), [...second.owned].sort(), 'what moved, and nothing else, is revoked')
        const assigned = first.events.filter(({ kind }) => kind === 'assign').flatMap(({ partitions }) => partitions)
        assert.equal(assigned.length, 4, 'what stays is not assigned again')
        assert.equal(first.countOf('lost'), 0)
        lab.ownership.assertExclusive()
      },
      refusesCooperative,
    ),
    flagCase(
      'cooperative',
      'partitions that stay keep their position, and commit under the latest handle',
      async (lab) => {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' as const }
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3))
        const first = await lab.member(options)
        for (const partition of [0, 1]) await first.untilRecords(topic, partition, 3)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(1)
        await second.untilOwns(1)
        const kept = Number([...first.owned][0]?.split('/')[1])
        await lab.produce(topic, kept, numbered('', 2, 3))
        await first.untilRecords(topic, kept, 5)
        assert.deepEqual(
          first.recordsOf(topic, kept).map(({ offset }) => offset),
          [0, 1, 2, 3, 4],
        )
        const { generation } = second.handle
        await first.until('it has the handle of the generation', () => first.handle.generation >= generation)
        await first.consumer.commit([{ topic, partition: kept, offset: 5 }], first.handle)
      },
      refusesCooperative,
    ),
    flagCase(
      'cooperative',
      'what is given up can be committed until onRevoke settles, under the handle it was worked on, and not later',
      async (lab) => {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' as const }
        const committer = await lab.committer()
        const { supports } = await lab.transport()
        let worked: GroupHandle | undefined
        let moved: TopicPartition | undefined
        const first = await lab.member({
          ...options,
          onRevoke: async (member, [partition]) => {
            if (moved !== undefined || partition === undefined) return
            moved = partition
            worked = member.handle
            await member.consumer.commit([{ ...partition, offset: 3 }], member.handle)
            if (!supports.groupFencing) return
            await commitAs('committed', committer, { offsets: [{ ...partition, offset: 4 }], group: member.handle })
          },
        })
        await first.untilOwns(2)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(1)
        await second.untilOwns(1)
        assert.ok(moved !== undefined && worked !== undefined)
        const [committed] = await second.consumer.committed([moved])
        assert.equal(committed?.offset, supports.groupFencing ? 4 : 3)
        const late = { ...moved, offset: 9 }
        await assert.rejects(first.consumer.commit([late], worked), { code: 'STREAM_FENCED' })
        if (supports.groupFencing) await commitAs('fenced', committer, { offsets: [late], group: worked })
        assert.equal((await second.consumer.committed([moved]))[0]?.offset, committed?.offset)
      },
      refusesCooperative,
    ),
    flagCase(
      'cooperative',
      'a member whose partitions stay commits all the time, however often others come and go',
      async (lab) => {
        const topic = await lab.topic(1)
        const options = { groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' as const }
        const steady = await lab.member({ ...options, assignor: allToTheOwner })
        await steady.untilOwns(1)
        const { supports } = await lab.transport()
        const committer = await lab.committer()
        let isOver = false
        let offset = 0
        const commitAll = async (): Promise<void> => {
          while (!isOver) {
            const offsets = [{ topic, partition: 0, offset: ++offset }]
            await steady.consumer.commit(offsets, steady.handle)
            if (supports.groupFencing) await commitAs('committed', committer, { offsets, group: steady.handle })
            await pass(1)
          }
        }
        const committing = commitAll()
        for (let round = 0; round < 3; round++) {
          const guest = await lab.member({
            ...options,
            assignor: allToTheOwner,
            transport: await lab.anotherTransport(),
          })
          await Promise.race([committing, guest.until('it is in the group', () => guest.handles.length > 0)])
          await guest.close()
        }
        isOver = true
        await committing
        assert.equal(steady.countOf('revoke') + steady.countOf('lost'), 0)
        assert.equal((await steady.consumer.committed([{ topic, partition: 0 }]))[0]?.offset, offset)
      },
      refusesCooperative,
    ),
    flagCase(
      'cooperative',
      'what comes back after it was given up is not committed under the handle of before',
      async (lab) => {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic], rebalance: 'cooperative' as const }
        const first = await lab.member(options)
        await first.untilOwns(2)
        const before = first.handle
        const guest = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await guest.untilOwns(1)
        const partition = Number([...guest.owned][0]?.split('/')[1])
        await guest.close()
        await first.untilOwns(2)
        const offsets = [{ topic, partition, offset: 5 }]
        await assert.rejects(first.consumer.commit(offsets, before), { code: 'STREAM_FENCED' })
        await first.consumer.commit(offsets, first.handle)
        lab.ownership.assertExclusive()
      },
      refusesCooperative,
    ),
  ],
}

/** Whoever owns something gets everything. */
const allToTheOwner: Assignor = {
  name: 'conformance-to-the-owner',
  assign: ({ members, partitions }) => {
    const taker = members.find((one) => one.owned.length > 0) ?? members[0]
    const all = [...partitions].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
    return new Map(members.map((one) => [one.memberId, { partitions: one === taker ? all : [] }]))
  },
}
