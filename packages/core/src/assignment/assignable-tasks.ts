import type { AssignmentInput, AssignmentMember } from './assignor.ts'

/** A member that takes part, with what is asked of it again and again. */
export interface Candidate {
  readonly member: AssignmentMember
  readonly topics: ReadonlySet<string>
  readonly lag: Readonly<Record<string, number>>
}

/** The tasks of one sub-topology, and who can take them. */
export interface TaskGroup {
  /** The first of its topics by name, which is how sub-topologies are named. */
  readonly id: string
  /** Existing source topics, sorted. */
  readonly topics: readonly string[]
  /** Tasks are numbered from 0; task n has partition n of every topic that has one. */
  readonly taskCount: number
  /** Indexes into the candidates, ascending: those that read all of the topics. */
  readonly eligible: readonly number[]
}

/**
 * The work there is: one group per set of co-partitioned topics, and one for each topic that no set names. A topic belongs to the first
 * set that names it. Topics that nobody reads or that do not exist are left out.
 */
export function assignableTasks(
  copartitionGroups: readonly (readonly string[])[],
  candidates: readonly Candidate[],
  partitions: AssignmentInput['partitions'],
): readonly TaskGroup[] {
  const read = new Set(candidates.flatMap((candidate) => [...candidate.topics]))
  const taken = new Set<string>()
  const groups: TaskGroup[] = []
  const add = (names: readonly string[]): void => {
    const topics = [...new Set(names)].filter((topic) => read.has(topic) && (partitions.get(topic) ?? 0) > 0).sort()
    if (topics.length === 0) return
    for (const topic of topics) taken.add(topic)
    const eligible = candidates.flatMap((candidate, index) =>
      topics.every((topic) => candidate.topics.has(topic)) ? [index] : [],
    )
    const taskCount = Math.max(...topics.map((topic) => partitions.get(topic)!))
    if (eligible.length > 0) groups.push({ id: topics[0]!, topics, taskCount, eligible })
  }
  for (const names of copartitionGroups) if (!names.some((topic) => taken.has(topic))) add(names)
  for (const topic of read) if (!taken.has(topic)) add([topic])
  return groups.sort((one, other) => (one.id < other.id ? -1 : 1))
}
