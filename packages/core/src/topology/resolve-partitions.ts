import { checkCoPartitioned, checkTableCount } from './co-partitioning.ts'
import type { TopicDeclaration } from './declarations.ts'
import { writtenBy } from './declarations-of-app.ts'
import type { SubTopology, Topology } from './topology.ts'

/** What {@link resolvePartitions} may use of the settings. */
export interface PartitionSettings {
  /**
   * Partition count of a user topic that is to be created and says nothing itself.
   * @default what it is filled from has, or the broker's default where it is filled from nothing
   */
  readonly defaultPartitions: number | undefined
}

/** What {@link resolvePartitions} finds. */
export interface ResolvedPartitions {
  /** The count of every topic. */
  readonly counts: ReadonlyMap<string, number>
  /** Missing topics whose count nothing decides: the broker's default counts for them, 1 as long as that is not known. */
  readonly undecided: readonly TopicDeclaration[]
}

/**
 * The partition count of every topic. What exists counts as it is; what does not takes what it declares, else:
 * a changelog has as many as its sub-topology; a topic that is read has as many as the other sources and the tables of its readers;
 * a user topic `defaultPartitions`; what is left as many as the topics it is filled from.
 *
 * @param existing partition counts of the topics that exist
 * @throws STREAM_NOT_CO_PARTITIONED where the sources of a sub-topology differ, or a table declares another count
 */
export function resolvePartitions(
  topology: Topology,
  existing: ReadonlyMap<string, number>,
  settings: PartitionSettings,
): ResolvedPartitions {
  const counts = new Map<string, number>()
  const open = new Set<TopicDeclaration>()
  const undecided: TopicDeclaration[] = []
  for (const topic of topology.topics) {
    const count = existing.get(topic.name) ?? topic.partitions
    if (count !== undefined) counts.set(topic.name, count)
    else if (topic.role !== 'changelog') open.add(topic)
  }
  for (;;) {
    followOtherTopics(topology, counts, open, settings)
    const next = nextByDefault(topology, open)
    if (next === undefined) break
    counts.set(next.name, settings.defaultPartitions ?? 1)
    if (settings.defaultPartitions === undefined) undecided.push(next)
    open.delete(next)
  }
  for (const subTopology of topology.subTopologies) {
    checkCoPartitioned(subTopology, counts)
    const count = counts.get(subTopology.sources[0]!.name)!
    for (const table of subTopology.tables) {
      checkTableCount(subTopology, table, count)
      if (!counts.has(table.changelog.name)) counts.set(table.changelog.name, count)
    }
  }
  return { counts, undecided }
}

/** One topic may follow another that follows a third, so this goes on until nothing changes. */
function followOtherTopics(
  topology: Topology,
  counts: Map<string, number>,
  open: Set<TopicDeclaration>,
  settings: PartitionSettings,
): void {
  for (let changed = true; changed; ) {
    changed = false
    for (const topic of open) {
      const preset = topic.role === 'user' ? settings.defaultPartitions : undefined
      const count = ofSiblings(topology, topic, counts) ?? preset ?? ofFeeders(topology, topic, counts)
      if (count === undefined) continue
      counts.set(topic.name, count)
      open.delete(topic)
      changed = true
    }
  }
}

/** What nothing fills goes first: the others can follow it then. */
function nextByDefault(topology: Topology, open: ReadonlySet<TopicDeclaration>): TopicDeclaration | undefined {
  const topics = [...open]
  return topics.find((topic) => feedersOf(topology, topic).length === 0) ?? topics[0]
}

function ofSiblings(topology: Topology, topic: TopicDeclaration, counts: Map<string, number>): number | undefined {
  for (const { sources, tables } of topology.subTopologies) {
    if (!sources.some(({ name }) => name === topic.name)) continue
    const siblings = [...sources, ...tables.map(({ changelog }) => changelog)]
    for (const { name } of siblings) if (counts.has(name)) return counts.get(name)
  }
  return undefined
}

/** The most partitions of any input, so that no input's parallelism is lost. */
function ofFeeders(topology: Topology, topic: TopicDeclaration, counts: Map<string, number>): number | undefined {
  const inputs = feedersOf(topology, topic).map(({ sources }) => counts.get(sources[0]!.name))
  return inputs.length === 0 || inputs.includes(undefined) ? undefined : Math.max(...(inputs as number[]))
}

function feedersOf({ appId, subTopologies }: Topology, topic: TopicDeclaration): readonly SubTopology[] {
  return subTopologies.filter(({ consumers }) =>
    consumers.some((consumer) => writtenBy(appId, consumer).some(({ name }) => name === topic.name)),
  )
}
