import { assignableTasks, type Candidate } from './assignable-tasks.ts'
import { encodeAssignmentMetadata } from './assignment-metadata.ts'
import type { AssignmentInput, AssignmentMember, Assignor, MemberAssignment } from './assignor.ts'
import { decodeMemberMetadata, type MemberMetadata } from './member-metadata.ts'
import { placeTasks } from './place-tasks.ts'
import { taskOwners } from './task-owners.ts'
import { taskQuotas } from './task-quotas.ts'
import { type TopologySummary, topologyDifferences } from './topology-summary.ts'

/** What {@link streamAssignor} is made of. */
export interface StreamAssignorOptions {
  /** The protocol name of the group. @default 'stream' */
  readonly name?: string
  /** The topology of this worker, asked for at every assignment: where it is the leader, all others are measured by it. */
  readonly topology: () => TopologySummary
}

/**
 * The assignor of an app's group. In this order of importance:
 *
 * - a task (partition n of all topics of a sub-topology) goes as a whole to one member that reads all of them;
 * - the tasks of each sub-topology are even, to one task, over the members that can take them, and so are all tasks together;
 * - a task stays with its owner; one without goes to who lacks least of its state;
 * - members that are the same count as the same after a restart: static members by their instance id.
 *
 * A member whose topology cannot live with that of the leader (see {@link topologyDifferences}), or that sends no metadata that can be
 * read, gets nothing but the reasons, as the `refused` of its {@link AssignmentMetadata}.
 */
export function streamAssignor(options: StreamAssignorOptions): Assignor {
  return {
    name: options.name ?? 'stream',
    assign(input) {
      const topology = options.topology()
      const answers = new Map<string, MemberAssignment>()
      const candidates: Candidate[] = []
      const copartitionGroups = [...topology.copartitionGroups]
      for (const member of [...input.members].sort(byIdentity)) {
        const admitted = admit(member, topology)
        if ('refused' in admitted) {
          answers.set(member.memberId, { partitions: [], userData: encodeAssignmentMetadata(admitted) })
          continue
        }
        const { metadata } = admitted
        candidates.push({
          member,
          topics: new Set(member.topics),
          lag: metadata.lag ?? {},
        })
        // Where they name topics of the leader they say the same as it does; the rest is what only newer or older workers read.
        copartitionGroups.push(...metadata.topology.copartitionGroups)
      }
      for (const [memberId, partitions] of assign(copartitionGroups, candidates, input)) {
        answers.set(memberId, { partitions })
      }
      return answers
    },
  }
}

function assign(
  copartitionGroups: readonly (readonly string[])[],
  candidates: readonly Candidate[],
  input: AssignmentInput,
): ReadonlyMap<string, MemberAssignment['partitions']> {
  const groups = assignableTasks(copartitionGroups, candidates, input.partitions)
  const owners = groups.map((group) => taskOwners(group, candidates))
  const owned = owners.map((ofGroup) => countOf(ofGroup, candidates.length))
  const quotas = taskQuotas(groups, owned, candidates.length)

  const partitions = candidates.map((): { topic: string; partition: number }[] => [])
  groups.forEach((group, g) => {
    placeTasks(group, candidates, owners[g]!, quotas[g]!).forEach((tasks, candidate) => {
      for (const topic of group.topics) {
        const count = input.partitions.get(topic)!
        for (const partition of tasks) if (partition < count) partitions[candidate]!.push({ topic, partition })
      }
    })
  })
  return new Map(candidates.map(({ member }, index) => [member.memberId, partitions[index]!.sort(byTopicAndPartition)]))
}

function admit(
  member: AssignmentMember,
  topology: TopologySummary,
): { readonly metadata: MemberMetadata } | { readonly refused: readonly string[] } {
  const decoded = decodeMemberMetadata(member.userData)
  if ('problem' in decoded) return { refused: [decoded.problem] }
  const differences = topologyDifferences(topology, decoded.metadata.topology)
  return differences.length > 0 ? { refused: differences } : decoded
}

function countOf(owners: readonly (number | undefined)[], candidateCount: number): readonly number[] {
  const counts = new Array<number>(candidateCount).fill(0)
  for (const owner of owners) if (owner !== undefined) counts[owner]!++
  return counts
}

function identityOf(member: AssignmentMember): string {
  return member.instanceId ?? member.memberId
}

function byIdentity(one: AssignmentMember, other: AssignmentMember): number {
  return compare(identityOf(one), identityOf(other)) || compare(one.memberId, other.memberId)
}

function byTopicAndPartition(
  one: { readonly topic: string; readonly partition: number },
  other: { readonly topic: string; readonly partition: number },
): number {
  return compare(one.topic, other.topic) || one.partition - other.partition
}

/** By code units, the same on every machine and locale. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
