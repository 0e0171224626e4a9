import { StreamError } from '../errors/index.ts'
import type { Admin, TopicDescription, TopicSpec, TransportSupports } from '../transport/index.ts'
import type { TopicDeclaration } from './declarations.ts'
import { type PartitionSettings, type ResolvedPartitions, resolvePartitions } from './resolve-partitions.ts'
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
  /** `delete.retention.ms`, where the transport can tell: how long a compacted topic keeps tombstones. */
  readonly deleteRetentionMs: ReadonlyMap<string, number>
}

/**
 * Verifies the topics that exist, and creates those that do not. Nothing that exists is ever altered.
 *
 * @param beforeCreating asked before the first topic is created, with the counts of those that exist; what it rejects with is thrown
 * @throws STREAM_TOPIC_MISSING where topics are missing and may not be created, STREAM_TOPIC_MISMATCH where one differs from its
 * declaration (with the difference), STREAM_NOT_CO_PARTITIONED, and what the admin throws
 */
export async function prepareTopics(
  admin: Admin,
  topology: Topology,
  settings: TopicSettings,
  supports: Pick<TransportSupports, 'describeConfigs'>,
  beforeCreating: (existing: ReadonlyMap<string, number>) => Promise<void> = async () => undefined,
): Promise<PreparedTopics> {
  const names = topology.topics.map(({ name }) => name)
  const look = async (): Promise<Found> => {
    const existing = await admin.describeTopics(names)
    const { counts, undecided } = resolvePartitions(topology, partitionCounts(existing), settings)
    verifyTopics(topology, existing, counts, supports)
    return { existing, counts, undecided, missing: topology.topics.filter(({ name }) => !existing.has(name)) }
  }
  let found = await look()
  if (found.missing.length > 0 && settings.createTopics) {
    await beforeCreating(partitionCounts(found.existing))
    // Others follow the broker's choice, so it is made first. Between looking and creating another worker may be quicker.
    if (found.undecided.length > 0) {
      await admin.createTopics(found.undecided.map((topic) => specOf(topic, -1, settings)))
      found = await look()
    }
    const { counts, missing } = found
    if (missing.length > 0)
      await admin.createTopics(missing.map((topic) => specOf(topic, counts.get(topic.name)!, settings)))
    found = await look()
  }
  if (found.missing.length > 0) throw missingTopics(topology.appId, found, settings)
  return {
    partitions: found.counts,
    maxMessageBytes: positiveConfig(found.existing, 'max.message.bytes'),
    deleteRetentionMs: positiveConfig(found.existing, 'delete.retention.ms'),
  }
}

interface Found extends ResolvedPartitions {
  readonly existing: ReadonlyMap<string, TopicDescription>
  readonly missing: readonly TopicDeclaration[]
}

function partitionCounts(topics: ReadonlyMap<string, TopicDescription>): ReadonlyMap<string, number> {
  return new Map([...topics.values()].map(({ name, partitions }) => [name, partitions]))
}

function positiveConfig(topics: ReadonlyMap<string, TopicDescription>, config: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const { name, configs } of topics.values()) {
    const value = Number(configs?.[config])
    if (Number.isSafeInteger(value) && value > 0) values.set(name, value)
  }
  return values
}

function specOf(topic: TopicDeclaration, partitions: number, settings: TopicSettings): TopicSpec {
  return {
    name: topic.name,
    partitions,
    replicationFactor: topic.replicationFactor ?? settings.replicationFactor,
    configs: topic.configs,
  }
}

function missingTopics(app: string, { missing, counts }: Found, settings: TopicSettings): StreamError {
  const list = missing.map((topic) => `${topic.name} (${describeNeed(topic, counts)})`).join(', ')
  const [what, them] = missing.length === 1 ? ['a topic that does', 'it'] : ['topics that do', 'them']
  const remedy = settings.createTopics
    ? `The broker took the order to create ${them}, and still does not know ${them}; look at its log.`
    : `Create ${them}, or set \`createTopics\` to true.`
  return new StreamError({
    code: 'STREAM_TOPIC_MISSING',
    message: `app ${app} needs ${what} not exist: ${list}. ${remedy}`,
    place: { app, topic: missing[0]!.name, topics: missing.map(({ name }) => name) },
  })
}

function describeNeed(topic: TopicDeclaration, counts: ReadonlyMap<string, number>): string {
  const partitions = counts.get(topic.name)!
  const configs = Object.entries(topic.configs).map(([name, value]) => `${name}=${value}`)
  return [`${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`, ...configs].join(', ')
}
