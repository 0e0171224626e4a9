import type { SubTopology, Topology } from '../topology/index.ts'
import type { TopicPartition } from '../transport/index.ts'

/** One task by name: which sub-topology, which partition. */
export interface TaskId {
  readonly id: string
  readonly subTopology: SubTopology
  readonly partition: number
  /** Source partitions; all of them must be owned for the task to run. */
  readonly sources: readonly TopicPartition[]
}

/** The tasks whose inputs are all among the owned partitions. */
export function ownedTasks(
  topology: Topology,
  counts: ReadonlyMap<string, number>,
  owned: ReadonlySet<string>,
): TaskId[] {
  const tasks: TaskId[] = []
  for (const subTopology of topology.subTopologies) {
    const partitions = Math.max(0, ...subTopology.sources.map((topic) => counts.get(topic.name) ?? 0))
    for (let partition = 0; partition < partitions; partition++) {
      const sources = subTopology.sources
        .filter((topic) => partition < (counts.get(topic.name) ?? 0))
        .map((topic) => ({ topic: topic.name, partition }))
      if (sources.length > 0 && sources.every((source) => owned.has(partitionKey(source)))) {
        tasks.push({ id: `${subTopology.id}_${partition}`, subTopology, partition, sources })
      }
    }
  }
  return tasks
}

/** Identity of a partition in maps. */
export function partitionKey(partition: TopicPartition): string {
  return `${partition.topic}/${partition.partition}`
}
