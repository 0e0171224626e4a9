import assert from 'node:assert/strict'
import type { TransportGroup } from './transport-case.ts'
import { gate, pass, within } from './until.ts'

export const membershipCases: TransportGroup = {
  title: 'group membership',
  cases: [
    {
      title: 'a single member is given all partitions of its topics, with a handle',
      async run(lab) {
        const [first, second] = [await lab.topic(3), await lab.topic(1)]
        const groupId = lab.name('group')
        const member = await lab.member({ groupId, topics: [first, second] })
        await member.untilOwns(4)
        assert.deepEqual([...member.owned].sort(), [`${first}/0`, `${first}/1`, `${first}/2`, `${second}/0`].sort())
        assert.equal(member.handle.groupId, groupId)
        assert.ok(member.handle.memberId.length > 0)
        assert.ok(Number.isSafeInteger(member.handle.generation) && member.handle.generation >= 0)
        assert.equal(member.handle.instanceId, undefined)
      },
    },
    {
      title: 'two and three members own each partition once, and never two of them at a time',
      async run(lab) {
        const topic = await lab.topic(6)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const members = [await lab.member(options)]
        await members[0]!.untilOwns(6)
        for (const share of [3, 2]) {
          members.push(await lab.member({ ...options, transport: await lab.anotherTransport() }))
          for (const member of members) await member.untilOwns(share)
          const owned = members.flatMap((member) => [...member.owned])
          assert.equal(new Set(owned).size, 6, `all partitions have an owner: ${owned}`)
          lab.ownership.assertExclusive()
        }
        for (const member of members) assert.deepEqual(member.breaches, [])
      },
    },
    {
      title: 'under eager, everything is revoked before anything is assigned anew',
      async run(lab) {
        const topic = await lab.topic(4)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const first = await lab.member(options)
        await first.untilOwns(4)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(2)
        await second.untilOwns(2)
        assert.equal(first.countOf('lost'), 0, 'what is given up in order is revoked, not lost')
        const revoked = first.events.filter(({ kind }) => kind === 'revoked').flatMap(({ partitions }) => partitions)
        assert.equal(new Set(revoked).size, 4, 'all four must have been revoked')
        assert.deepEqual(first.breaches, [])
      },
    },
    {
      title:
        'a partition waits for the promise of onRevoke, longer than the session timeout, before another member has it',
      async run(lab) {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const held = gate()
        const deadlines: number[] = []
        const first = await lab.member({
          ...options,
          onRevoke: (_, __, deadlineMs) => {
            deadlines.push(deadlineMs)
            return held.opened
          },
        })
        await first.untilOwns(2)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.until('it is asked to give its partitions up', () => first.countOf('revoke') > 0)
        await pass(lab.timing.sessionTimeoutMs * 1.3)
        assert.equal(second.owned.size, 0, 'a partition was given away while onRevoke was pending')
        assert.equal(first.countOf('lost'), 0, 'heartbeats must go on while onRevoke is pending')
        assert.ok(deadlines[0]! > 0 && deadlines[0]! <= lab.timing.rebalanceTimeoutMs, `deadlineMs is ${deadlines[0]}`)
        held.open()
        await second.untilOwns(1)
        lab.ownership.assertExclusive()
      },
    },
    {
      title: 'a member that does not give its partitions up by the deadline loses them',
      async run(lab) {
        const topic = await lab.topic(1)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const held = gate()
        const first = await lab.member({ ...options, onRevoke: () => held.opened })
        await first.untilOwns(1)
        const stale = first.handle
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await second.until('the partition was taken away', () => second.owned.size === 1)
        await first.until('it is told of the loss', () => first.countOf('lost') > 0)
        held.open()
        await assert.rejects(first.consumer.commit([{ topic, partition: 0, offset: 1 }], stale), {
          code: 'STREAM_FENCED',
        })
      },
    },
    {
      title: 'heartbeats go on while onAssign is pending for longer than the session timeout',
      async run(lab) {
        const topic = await lab.topic(1)
        const held = gate()
        const member = await lab.member({ groupId: lab.name('group'), topics: [topic], onAssign: () => held.opened })
        await member.until('it is assigned', () => member.countOf('assign') > 0)
        await pass(lab.timing.sessionTimeoutMs * 1.3)
        assert.equal(member.countOf('lost'), 0, 'the membership was lost')
        const silentMs = member.consumer.sinceHeartbeatMs()
        assert.ok(silentMs < lab.timing.sessionTimeoutMs, `the last heartbeat is ${silentMs} ms ago`)
        held.open()
        await member.untilOwns(1)
        await member.consumer.commit([{ topic, partition: 0, offset: 1 }], member.handle)
      },
    },
    {
      title: 'calls of the listener never overlap',
      async run(lab) {
        const topic = await lab.topic(4)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const slow = () => pass(lab.timing.heartbeatIntervalMs)
        const first = await lab.member({ ...options, onAssign: slow, onRevoke: slow })
        const second = await lab.member({ ...options, transport: await lab.anotherTransport(), onAssign: slow })
        await first.untilOwns(2)
        await second.untilOwns(2)
        await second.close()
        await first.untilOwns(4)
        assert.deepEqual([...first.breaches, ...second.breaches], [])
        lab.ownership.assertExclusive()
      },
    },
    {
      title: 'leaving hands the partitions over at once, after onRevoke',
      async run(lab) {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const first = await lab.member(options)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(1)
        await second.untilOwns(1)
        const revokedBefore = second.countOf('revoked')
        const start = performance.now()
        await second.close()
        assert.ok(second.countOf('revoked') > revokedBefore, 'close() must revoke what is owned')
        assert.equal(second.owned.size, 0)
        await first.untilOwns(2)
        const tookMs = performance.now() - start
        assert.ok(tookMs < lab.timing.sessionTimeoutMs, `the partitions were idle for ${tookMs} ms`)
        lab.ownership.assertExclusive()
      },
    },
    {
      title: 'a poll that waits returns when the membership changes',
      async run(lab) {
        const topic = await lab.topic(1)
        const transport = await lab.transport()
        const assigned = gate()
        const consumer = transport.group(
          {
            groupId: lab.name('group'),
            topics: [topic],
            isolation: 'read_committed',
            rebalance: 'eager',
            sessionTimeoutMs: lab.timing.sessionTimeoutMs,
            heartbeatIntervalMs: lab.timing.heartbeatIntervalMs,
            rebalanceTimeoutMs: lab.timing.rebalanceTimeoutMs,
            maxPollBytes: 1e6,
            maxPartitionBytes: 1e6,
            fetchWaitMs: 50,
          },
          {
            onAssign: async () => assigned.open(),
            onRevoke: async () => {},
            onLost: () => {},
            onError: () => {},
          },
        )
        assert.equal(consumer.sinceHeartbeatMs(), Number.POSITIVE_INFINITY, 'nothing confirmed the membership yet')
        const answer = await within(
          lab.timing.patienceMs,
          'the answer of poll() after the assignment',
          consumer.poll({ maxWaitMs: lab.timing.patienceMs * 10 }),
        )
        assert.deepEqual(answer, [])
        await assigned.opened
        assert.ok(consumer.sinceHeartbeatMs() < lab.timing.sessionTimeoutMs)
        await consumer.close({ leave: true })
      },
    },
  ],
}
