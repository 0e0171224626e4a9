/**
 * What two workers of one app must have in common to share a group, as plain data: their internal topics, what runs together in one task,
 * and where each table belongs. Everything else may differ, so that a new version can be rolled out worker by worker.
 */
export interface TopologySummary {
  /** Changelogs and repartition topics, by name; the partition count, or null where it follows from an input. */
  readonly internalTopics: Readonly<Record<string, number | null>>
  /** The source topics of each sub-topology: partition n of all of them makes one task. */
  readonly copartitionGroups: readonly (readonly string[])[]
  /** The id of the sub-topology that each table belongs to. */
  readonly tables: Readonly<Record<string, string>>
}

/**
 * What keeps a worker out of a group, one sentence each, in a stable order; empty where the two can live together. A sub-topology that only
 * one of them has, with topics the other does not know, is no difference as long as it has no internal topics.
 *
 * @param group the topology of the group (its leader's)
 * @param worker the topology of the worker that wants to be a member
 */
export function topologyDifferences(group: TopologySummary, worker: TopologySummary): readonly string[] {
  return [
    ...internalTopicDifferences(group, worker),
    ...copartitionDifferences(group, worker),
    ...tableDifferences(group, worker),
  ]
}

function internalTopicDifferences(group: TopologySummary, worker: TopologySummary): readonly string[] {
  const differences: string[] = []
  for (const topic of namesOf(group.internalTopics, worker.internalTopics)) {
    const inGroup = own(group.internalTopics, topic)
    const here = own(worker.internalTopics, topic)
    if (inGroup === undefined) differences.push(`this worker has the internal topic ${topic}, and the group does not`)
    else if (here === undefined) differences.push(`the group has the internal topic ${topic}, and this worker does not`)
    else if (inGroup !== null && here !== null && inGroup !== here) {
      differences.push(`the internal topic ${topic} has ${inGroup} partitions in the group, and ${here} in this worker`)
    }
  }
  return differences
}

function copartitionDifferences(group: TopologySummary, worker: TopologySummary): readonly string[] {
  const inGroup = groupOfTopic(group)
  const here = groupOfTopic(worker)
  const differences = new Set<string>()
  for (const topic of [...inGroup.keys()].sort()) {
    const together = inGroup.get(topic)!
    const otherwise = here.get(topic)
    if (otherwise === undefined || otherwise === together) continue
    differences.add(`the topics read together are ${together} in the group, and ${otherwise} in this worker`)
  }
  return [...differences]
}

function tableDifferences(group: TopologySummary, worker: TopologySummary): readonly string[] {
  const differences: string[] = []
  for (const table of namesOf(group.tables, worker.tables)) {
    const inGroup = own(group.tables, table)
    const here = own(worker.tables, table)
    if (inGroup === undefined) differences.push(`this worker has the table ${table}, and the group does not`)
    else if (here === undefined) differences.push(`the group has the table ${table}, and this worker does not`)
    else if (inGroup !== here) {
      differences.push(
        `the table ${table} belongs to sub-topology ${inGroup} in the group, and to ${here} in this worker`,
      )
    }
  }
  return differences
}

/** Topic to the whole of its group, as text that is equal for equal groups. */
function groupOfTopic(topology: TopologySummary): ReadonlyMap<string, string> {
  const groups = new Map<string, string>()
  for (const topics of topology.copartitionGroups) {
    const text = `[${[...new Set(topics)].sort().join(', ')}]`
    for (const topic of topics) groups.set(topic, text)
  }
  return groups
}

function namesOf(one: object, other: object): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
