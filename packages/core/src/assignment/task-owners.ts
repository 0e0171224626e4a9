import type { Candidate, TaskGroup } from './assignable-tasks.ts'

/**
 * Who owned each task of a group before, as an index of the candidates; undefined where nobody did who could take it again. Of several
 * claims the latest generation counts, then the larger part of the task, then the order of the candidates.
 */
export function taskOwners(group: TaskGroup, candidates: readonly Candidate[]): readonly (number | undefined)[] {
  const owners: (number | undefined)[] = new Array<undefined>(group.taskCount).fill(undefined)
  const strength = owners.map(() => ({ generation: Number.NEGATIVE_INFINITY, parts: 0 }))
  const topics = new Set(group.topics)
  for (const index of group.eligible) {
    const { member } = candidates[index]!
    const generation = member.ownedGeneration ?? -1
    const parts = new Map<number, number>()
    for (const { topic, partition } of member.owned) {
      if (topics.has(topic)) parts.set(partition, (parts.get(partition) ?? 0) + 1)
    }
    for (const [task, count] of parts) {
      const known = strength[task]
      if (known === undefined) continue
      if (generation > known.generation || (generation === known.generation && count > known.parts)) {
        owners[task] = index
        strength[task] = { generation, parts: count }
      }
    }
  }
  return owners
}
