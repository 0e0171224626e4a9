import type { TopologySummary } from '../assignment/index.ts'
import type { Topology } from './topology.ts'

/**
 * What the workers of an app must have in common to share a group. Topics of users and dead-letter topics are not in it, so that they
 * may differ while a new version is rolled out.
 *
 * @param partitions counts as they exist
 */
export function topologySummary(topology: Topology, partitions: ReadonlyMap<string, number>): TopologySummary {
  const internal = topology.topics.filter(({ role }) => role === 'changelog' || role === 'repartition')
  return {
    internalTopics: Object.fromEntries(internal.map(({ name }) => [name, partitions.get(name) ?? null])),
    copartitionGroups: topology.subTopologies.map(({ sources }) => sources.map(({ name }) => name)),
    tables: Object.fromEntries(
      topology.subTopologies.flatMap(({ id, tables }) => tables.map(({ name }) => [name, id])),
    ),
  }
}
