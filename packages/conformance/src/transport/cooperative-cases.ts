import assert from 'node:assert/strict'
import { refuses } from '../kit/index.ts'
import { numbered } from './records.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'

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
  ],
}
