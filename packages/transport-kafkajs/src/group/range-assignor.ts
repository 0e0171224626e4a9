import type { Assignor, GroupOptions, MemberAssignment, TopicPartition } from '@stream/core/adapter'

/**
 * Kafka's `range`: of every topic, members in the order of their ids get runs of neighbouring partitions, so that topics with equal
 * partition counts stay together. Used where core passes no assignor of its own.
 */
export const rangeAssignor = (rebalance: GroupOptions['rebalance']): Assignor => ({
  // Members of other programs that know `range` would hand out what a member under `cooperative` still works on.
  name: rebalance === 'eager' ? 'range' : 'cooperative-range',
  assign({ members, partitions }) {
    const assigned = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]))
    for (const [topic, count] of partitions) {
      const takers = members
        .filter((member) => member.topics.includes(topic))
        .toSorted((a, b) => ((a.instanceId ?? a.memberId) < (b.instanceId ?? b.memberId) ? -1 : 1))
      takers.forEach((member, index) => {
        const first = share(count, takers.length, index)
        const behind = share(count, takers.length, index + 1)
        const own = assigned.get(member.memberId) as TopicPartition[]
        for (let partition = first; partition < behind; partition++) own.push({ topic, partition })
      })
    }
    return new Map<string, MemberAssignment>([...assigned].map(([memberId, list]) => [memberId, { partitions: list }]))
  },
})

/** Where the run of taker `index` begins: the first takers get one more where it does not come out even. */
function share(count: number, takers: number, index: number): number {
  return index * Math.floor(count / takers) + Math.min(index, count % takers)
}
