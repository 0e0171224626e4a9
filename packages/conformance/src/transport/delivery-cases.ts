import assert from 'node:assert/strict'
import type { Member } from './member.ts'
import { numbered, textOf } from './records.ts'
import type { TransportGroup } from './transport-case.ts'
import { gate, pass } from './until.ts'

export const deliveryCases: TransportGroup = {
  title: 'group delivery',
  cases: [
    {
      title: 'delivers all records in order from the position it is given',
      async run(lab) {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered(`${partition}-`, 10))
        const member = await lab.member({
          groupId: lab.name('group'),
          topics: [topic],
          onAssign: async ({ consumer }) => {
            consumer.seek([0, 1].map((partition) => ({ topic, partition, offset: partition * 4 })))
          },
        })
        await member.untilRecords(topic, 0, 10)
        await member.untilRecords(topic, 1, 6)
        assert.deepEqual(
          member.recordsOf(topic, 0).map(textOf),
          numbered('0-', 10).map((_, i) => `0-${i}`),
        )
        assert.deepEqual(
          member.recordsOf(topic, 1).map(({ offset }) => offset),
          [4, 5, 6, 7, 8, 9],
        )
      },
    },
    {
      title: 'delivers nothing of a partition before seek gave it a position',
      async run(lab) {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3))
        const member = await lab.member({
          groupId: lab.name('group'),
          topics: [topic],
          onAssign: async ({ consumer }) => consumer.seek([{ topic, partition: 0, offset: 0 }]),
        })
        await member.untilRecords(topic, 0, 3)
        await pass(lab.timing.quietMs)
        assert.deepEqual(member.recordsOf(topic, 1), [], 'a partition without a position was delivered')
        member.consumer.seek([{ topic, partition: 1, offset: 1 }])
        await member.untilRecords(topic, 1, 2)
        assert.deepEqual(member.recordsOf(topic, 1).map(textOf), ['1', '2'])
      },
    },
    {
      title: 'delivers nothing while onAssign is pending',
      async run(lab) {
        const topic = await lab.topic(1)
        await lab.produce(topic, 0, numbered('', 3))
        const held = gate()
        const member = await lab.member({
          groupId: lab.name('group'),
          topics: [topic],
          onAssign: ({ consumer }) => {
            consumer.seek([{ topic, partition: 0, offset: 0 }])
            return held.opened
          },
        })
        await member.until('it is assigned', () => member.countOf('assign') > 0)
        await pass(lab.timing.quietMs)
        assert.deepEqual(member.recordsOf(topic, 0), [])
        held.open()
        await member.untilRecords(topic, 0, 3)
      },
    },
    {
      title: 'delivers nothing while onRevoke is pending',
      async run(lab) {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const held = gate()
        const first = await lab.member({ ...options, onRevoke: () => held.opened })
        await first.untilOwns(2)
        await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.until('it is asked to give its partitions up', () => first.countOf('revoke') > 0)
        const before = first.batches.reduce((sum, { records }) => sum + records.length, 0)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3))
        await pass(lab.timing.quietMs)
        assert.equal(
          first.batches.reduce((sum, { records }) => sum + records.length, 0),
          before,
        )
        held.open()
        await first.untilOwns(1)
      },
    },
    {
      title: 'a seek replaces the position, and drops what was fetched for the old one',
      async run(lab) {
        const topic = await lab.topic(1)
        await lab.produce(topic, 0, numbered('', 20))
        const member = await lab.member({ groupId: lab.name('group'), topics: [topic] })
        await member.untilRecords(topic, 0, 20)
        const goOn = await member.hold()
        await lab.produce(topic, 0, numbered('', 20, 20))
        member.batches.length = 0
        // Time for the records behind the old position to be fetched, which must not be delivered.
        await pass(lab.timing.quietMs)
        member.consumer.seek([{ topic, partition: 0, offset: 5 }])
        goOn()
        await member.untilRecords(topic, 0, 35)
        const offsets = member.recordsOf(topic, 0).map(({ offset }) => offset)
        assert.deepEqual(
          offsets,
          Array.from({ length: 35 }, (_, i) => i + 5),
        )
      },
    },
    {
      title: 'a seek ignores partitions that are not owned',
      async run(lab) {
        const { member, topic } = await lab.owner()
        const other = await lab.topic(1)
        await lab.produce(other, 0, ['not mine'])
        member.consumer.seek([
          { topic: other, partition: 0, offset: 0 },
          { topic, partition: 9, offset: 0 },
        ])
        await lab.produce(topic, 0, ['mine'])
        await member.untilRecords(topic, 0, 1)
        await pass(lab.timing.quietMs)
        assert.deepEqual(member.recordsOf(other, 0), [])
      },
    },
    {
      title: 'delivers nothing of paused partitions, and goes on where they were when they are resumed',
      async run(lab) {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3))
        const member = await lab.member({ groupId: lab.name('group'), topics: [topic] })
        for (const partition of [0, 1]) await member.untilRecords(topic, partition, 3)
        member.consumer.pause([{ topic, partition: 0 }])
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3, 3))
        await member.untilRecords(topic, 1, 6)
        await pass(lab.timing.quietMs)
        assert.equal(member.recordsOf(topic, 0).length, 3, 'a paused partition was delivered')
        member.consumer.resume([{ topic, partition: 0 }])
        await member.untilRecords(topic, 0, 6)
        assert.deepEqual(member.recordsOf(topic, 0).map(textOf), ['0', '1', '2', '3', '4', '5'])
      },
    },
    {
      title: 'a batch carries the generation it was fetched under',
      async run(lab) {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        await lab.produce(topic, 0, ['a'])
        const first = await lab.member(options)
        await first.untilRecords(topic, 0, 1)
        assert.equal(first.batches.at(-1)?.assignment, first.handle.generation)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(1)
        await second.untilOwns(1)
        assert.equal(first.handle.generation, second.handle.generation, 'members of one generation')
        assert.ok(first.handle.generation > first.handles[0]!.generation, 'a rebalance begins a new generation')
        for (const member of [first, second]) {
          member.batches.length = 0
          const [name] = member.owned
          const partition = Number(name?.split('/')[1])
          await lab.produce(topic, partition, ['later'])
          await member.until('the later record came', () => {
            return member.recordsOf(topic, partition).some((record) => textOf(record) === 'later')
          })
          assert.equal(member.batches.at(-1)?.assignment, member.handle.generation)
        }
        assert.deepEqual([...first.breaches, ...second.breaches], [])
      },
    },
    {
      title: 'what one owner committed, the next one goes on from: each record once',
      async run(lab) {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 5))
        const first = await lab.member({
          ...options,
          onRevoke: async ({ consumer, handle }, partitions) => {
            await consumer.commit(
              partitions.map((place) => ({ ...place, offset: 5 })),
              handle,
            )
          },
        })
        for (const partition of [0, 1]) await first.untilRecords(topic, partition, 5)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(1)
        await second.untilOwns(1)
        for (const partition of [0, 1]) await lab.produce(topic, partition, numbered('', 3, 5))
        const countOf = (member: Member): number => member.batches.reduce((sum, { records }) => sum + records.length, 0)
        await first.until('13 records came', () => countOf(first) >= 13)
        await second.until('3 records came', () => countOf(second) >= 3)
        const all = [first, second].flatMap((member) => {
          return member.batches.flatMap((batch) => batch.records.map(({ offset }) => `${batch.partition}:${offset}`))
        })
        assert.equal(new Set(all).size, 16)
        assert.equal(all.length, 16, 'no record twice')
      },
    },
  ],
}
