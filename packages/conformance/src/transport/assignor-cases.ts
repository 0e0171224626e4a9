import assert from 'node:assert/strict'
import type { AssignmentInput, Assignor, MemberAssignment } from '@stream/core/adapter'
import { assertSameBytes, bytes } from '../kit/index.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'

/** Gives everything to the member that boasts most, and tells each member how many there are. */
function boastful(seen: AssignmentInput[]): Assignor {
  return {
    name: 'conformance-boastful',
    assign(input) {
      seen.push(input)
      const partitions = [...input.partitions].flatMap(([topic, count]) => {
        return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
      })
      const winner = input.members.toSorted((a, b) => Buffer.compare(b.userData, a.userData))[0]
      const answer = input.members.map((member): [string, MemberAssignment] => [
        member.memberId,
        { partitions: member === winner ? partitions : [], userData: bytes(`one of ${input.members.length}`) },
      ])
      return new Map(answer)
    },
  }
}

export const assignorCases: TransportGroup = {
  title: 'assignor',
  cases: [
    flagCase(
      'assignor',
      'runs the assignor with the user data of all members, and delivers its answer',
      async (lab) => {
        const topic = await lab.topic(3)
        const seen: AssignmentInput[] = []
        const options = { groupId: lab.name('group'), topics: [topic], assignor: boastful(seen) }
        const modest = await lab.member({ ...options, userData: () => bytes('a') })
        await modest.untilOwns(3)
        assertSameBytes(modest.userDatas.at(-1), bytes('one of 1'), 'the user data of the assignment')
        const proud = await lab.member({
          ...options,
          transport: await lab.anotherTransport(),
          userData: () => bytes('b'),
        })
        await proud.untilOwns(3)
        await modest.until('it is told that it has nothing', () => modest.owned.size === 0 && modest.handles.length > 1)
        for (const member of [modest, proud]) {
          assertSameBytes(member.userDatas.at(-1), bytes('one of 2'), 'the user data of the assignment')
        }
        assert.deepEqual([...(seen.at(-1)?.partitions ?? [])], [[topic, 3]])
        assert.deepEqual(
          seen.at(-1)?.members.map(({ topics }) => topics),
          [[topic], [topic]],
        )
      },
      async (lab) => {
        const topic = await lab.topic(2)
        const seen: AssignmentInput[] = []
        const member = await lab.member({ groupId: lab.name('group'), topics: [topic], assignor: boastful(seen) })
        await member.untilOwns(2)
        assert.equal(seen.length, 0, 'a transport that runs the assignor must say so')
        assert.equal(member.userDatas.at(-1), undefined)
      },
    ),
    flagCase(
      'assignor',
      'asks for the user data anew at every join',
      async (lab) => {
        const topic = await lab.topic(1)
        const seen: AssignmentInput[] = []
        const options = { groupId: lab.name('group'), topics: [topic], assignor: boastful(seen) }
        let asked = 0
        const first = await lab.member({ ...options, userData: () => bytes(`${asked++}`) })
        await first.untilOwns(1)
        const before = asked
        const second = await lab.member({
          ...options,
          transport: await lab.anotherTransport(),
          userData: () => bytes('z'),
        })
        await second.untilOwns(1)
        assert.ok(asked > before, 'the first member joined again, but was not asked again')
        const latest = seen.at(-1)?.members.map(({ userData }) => Buffer.from(userData).toString())
        assert.deepEqual(latest?.sort(), [`${asked - 1}`, 'z'])
      },
      async () => {},
    ),
    flagCase(
      'assignor',
      'tells the assignor what a member owned before',
      async (lab) => {
        const topic = await lab.topic(2)
        const seen: AssignmentInput[] = []
        const options = { groupId: lab.name('group'), topics: [topic], assignor: boastful(seen) }
        const first = await lab.member({ ...options, userData: () => bytes('a') })
        await first.untilOwns(2)
        const memberId = first.handle.memberId
        const second = await lab.member({
          ...options,
          transport: await lab.anotherTransport(),
          userData: () => bytes('b'),
        })
        await second.untilOwns(2)
        const owned = seen.at(-1)?.members.find((member) => member.memberId === memberId)?.owned ?? []
        assert.deepEqual(
          owned.map(({ partition }) => partition).toSorted(),
          [0, 1],
          'sticky assignment needs it, eager too',
        )
      },
      async () => {},
    ),
    {
      title: 'without an assignor, members share the partitions evenly',
      async run(lab) {
        const topic = await lab.topic(4)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const first = await lab.member(options)
        const second = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await first.untilOwns(2)
        await second.untilOwns(2)
      },
    },
  ],
}
