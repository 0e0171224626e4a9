import { StreamError } from '../errors/index.ts'
import type { TopicDescription, TransportSupports } from '../transport/index.ts'
import type { TopicDeclaration } from './declarations.ts'
import type { Topology } from './topology.ts'

/**
 * Compares what exists with what is declared.
 *
 * @param counts the partition counts that are needed
 * @throws STREAM_TOPIC_MISMATCH listing every difference
 */
export function verifyTopics(
  topology: Topology,
  existing: ReadonlyMap<string, TopicDescription>,
  counts: ReadonlyMap<string, number>,
  supports: Pick<TransportSupports, 'describeConfigs'>,
): void {
  const needed = neededCounts(topology, counts)
  const differing: string[] = []
  const differences: string[] = []
  for (const topic of topology.topics) {
    const found = existing.get(topic.name)
    if (found === undefined) continue
    const lines = [
      ...countDifference(found, needed.get(topic.name)),
      ...(supports.describeConfigs ? configDifferences(topic, found) : []),
    ]
    if (lines.length > 0) differing.push(topic.name)
    differences.push(...lines.map((line) => `\n- ${topic.name}: ${line}`))
  }
  if (differing.length === 0) return
  throw new StreamError({
    code: 'STREAM_TOPIC_MISMATCH',
    message: `topics of app ${topology.appId} exist, but not as it declares them:${differences.join('')}\nExisting topics are never altered: change the declaration, or the topic with Kafka's own tools.`,
    place: { app: topology.appId, topic: differing[0]!, topics: differing },
  })
}

/** Counts that existing topics must have: what they declare, and for changelogs the count of their sub-topology. */
function neededCounts(topology: Topology, counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const needed = new Map<string, number>()
  for (const { name, role, partitions } of topology.topics) {
    const count = role === 'user' || role === 'repartition' ? partitions : undefined
    if (count !== undefined) needed.set(name, count)
  }
  for (const { sources, tables } of topology.subTopologies) {
    for (const { changelog } of tables) needed.set(changelog.name, counts.get(sources[0]!.name)!)
  }
  return needed
}

function countDifference(found: TopicDescription, needed: number | undefined): readonly string[] {
  if (needed === undefined || needed === found.partitions) return []
  return [`has ${found.partitions} partitions, declared are ${needed}`]
}

function configDifferences(topic: TopicDeclaration, found: TopicDescription): readonly string[] {
  if (found.configs === undefined) return []
  const differences: string[] = []
  for (const [config, declared] of Object.entries(topic.configs)) {
    const actual = found.configs[config]
    if (actual === undefined || !sameValue(actual, declared)) {
      differences.push(`has ${config}=${actual ?? '(not set)'}, declared is ${config}=${declared}`)
    }
  }
  return differences
}

/** Lists such as `compact,delete` mean the same in any order. */
function sameValue(one: string, other: string): boolean {
  const parts = (value: string): string =>
    value
      .split(',')
      .map((part) => part.trim())
      .sort()
      .join(',')
  return parts(one) === parts(other)
}
