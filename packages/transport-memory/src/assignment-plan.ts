import type { AssignmentMember, Assignor, GroupOptions } from '@stream/core/adapter'
import type { Broker } from './broker.ts'
import { type PlannedAssignment, withoutHandover } from './handover.ts'

/** What the leader of a group decides: the assignor's answer, under `cooperative` without what still has another owner. */
export function planAssignment(
  broker: Broker,
  assignor: Assignor,
  rebalance: GroupOptions['rebalance'],
  members: readonly AssignmentMember[],
): ReadonlyMap<string, PlannedAssignment> {
  const partitions = new Map<string, number>()
  for (const member of members) {
    for (const name of member.topics) {
      const topic = broker.topics.get(name)
      if (topic !== undefined) partitions.set(name, topic.partitions.length)
    }
  }
  const plan = assignor.assign({ members, partitions })
  return rebalance === 'cooperative' ? withoutHandover(members, plan) : plan
}
