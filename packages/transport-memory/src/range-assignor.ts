import type { AssignmentInput, Assignor, MemberAssignment, TopicPartition } from '@stream/core/adapter'

function nameOf(member: { readonly memberId: string; readonly instanceId?: string }): string {
  return member.instanceId ?? member.memberId
}

/**
 * Kafka's `range`: of every topic the members that want it get consecutive partitions, in the order of their names. Topics with the
 * same number of partitions and the same members are co-partitioned by it. Used where a group is given no assignor.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign({ members, partitions }: AssignmentInput): ReadonlyMap<string, MemberAssignment> {
    const result = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]))
    const sorted = [...members].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    for (const [topic, count] of [...partitions].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const takers = sorted.filter((member) => member.topics.includes(topic))
      let next = 0
      takers.forEach((member, index) => {
        const share = Math.floor(count / takers.length) + (index < count % takers.length ? 1 : 0)
        for (let i = 0; i < share; i += 1) result.get(member.memberId)?.push({ topic, partition: next++ })
      })
    }
    return new Map([...result].map(([memberId, owned]) => [memberId, { partitions: owned }]))
  },
}
