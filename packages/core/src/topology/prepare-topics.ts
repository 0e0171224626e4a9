import { StreamError } from '../errors/index.ts'
import type { Admin, TopicDescription, TopicSpec, TransportSupports } from '../transport/index.ts'
import type { TopicDeclaration } from './declarations.ts'
import { type PartitionSettings, resolvePartitions } from './resolve-partitions.ts'
import type { Topology } from './topology.ts'
import { verifyTopics } from './verify-topics.ts'

/** What {@link prepareTopics} may use of the settings. */
export interface TopicSettings extends PartitionSettings {
  /** Whether missing topics are created, the internal ones included. */
  readonly createTopics: boolean
  /** For topics that say nothing themselves; -1: the broker's default. */
  readonly replicationFactor: number
}

/** The topics of a topology as they exist now. */
export interface PreparedTopics {
  readonly partitions: ReadonlyMap<string, number>
  /** `max.message.bytes`, where the transport can tell. */
  readonly maxMessageBytes: ReadonlyMap<string, number>
}

/**
 * Verifies the topics that exist, and creates those that do not. Nothing that exists is ever altered.
 *
 * @throws STREAM_TOPIC_MISSING where topics are missing and may not be created, STREAM_TOPIC_MISMATCH where one differs from its
 * declaration (with the difference), STREAM_NOT_CO_PARTITIONED, and what the admin throws
 */
export async function prepareTopics(
  admin: Admin,
  topology: Topology,
  settings: TopicSettings,
  supports: Pick<TransportSupports, 'describeConfigs'>,
): Promise<PreparedTopics> {
  const names = topology.topics.map(({ name }) => name)
  let existing = await admin.describeTopics(names)
  let counts = resolvePartitions(topology, partitionCounts(existing), settings)
  verifyTopics(topology, existing, counts, supports)
  const missing = topology.topics.filter(({ name }) => !existing.has(name))
  if (missing.length > 0) {
    if (!settings.createTopics) throw missingTopics(topology.appId, missing, counts)
    await admin.createTopics(missing.map((topic) => specOf(topic, counts, settings)))
    // Another worker may have been quicker, with other declarations.
    existing = await admin.describeTopics(names)
    counts = resolvePartitions(topology, partitionCounts(existing), settings)
    verifyTopics(topology, existing, counts, supports)
    const still = topology.topics.filter(({ name }) => !existing.has(name))
    if (still.length > 0) throw missingTopics(topology.appId, still, counts)
  }
  return { partitions: counts, maxMessageBytes: maxMessageBytes(existing) }
}

function partitionCounts(topics: ReadonlyMap<string, TopicDescription>): ReadonlyMap<string, number> {
  return new Map([...topics.values()].map(({ name, partitions }) => [name, partitions]))
}

function maxMessageBytes(topics: ReadonlyMap<string, TopicDescription>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>()
  for (const { name, configs } of topics.values()) {
    const limit = Number(configs?.['max.message.bytes'])
    if (Number.isSafeInteger(limit) && limit > 0) limits.set(name, limit)
  }
  return limits
}

function specOf(topic: TopicDeclaration, counts: ReadonlyMap<string, number>, settings: TopicSettings): TopicSpec {
  return {
    name: topic.name,
    partitions: counts.get(topic.name)!,
    replicationFactor: topic.replicationFactor ?? settings.replicationFactor,
    configs: topic.configs,
  }
}

function missingTopics(
  app: string,
  missing: readonly TopicDeclaration[],
  counts: ReadonlyMap<string, number>,
): StreamError {
  const list = missing.map((topic) => `${topic.name} (${describeNeed(topic, counts)})`).join(', ')
  return new StreamError({
    code: 'STREAM_TOPIC_MISSING',
    message: `app ${app} needs ${missing.length === 1 ? 'a topic that does' : 'topics that do'} not exist: ${list}. Create ${missing.length === 1 ? 'it' : 'them'}, or set \`createTopics\` to true.`,
    place: { app, topic: missing[0]!.name, topics: missing.map(({ name }) => name) },
  })
}

function describeNeed(topic: TopicDeclaration, counts: ReadonlyMap<string, number>): string {
  const partitions = counts.get(topic.name)!
  const configs = Object.entries(topic.configs).map(([name, value]) => `${name}=${value}`)
  return [`${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`, ...configs].join(', ')
}
