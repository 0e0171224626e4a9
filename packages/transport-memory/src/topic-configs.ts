import { refused } from './broker-errors.ts'

/** The settings of a topic that the embedded log acts upon, parsed. */
export interface TopicConfigs {
  readonly compacted: boolean
  readonly deleted: boolean
  /** -1: unlimited. */
  readonly retentionMs: number
  /** -1: unlimited; per partition. */
  readonly retentionBytes: number
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  readonly maxMessageBytes: number
  /** How far a timestamp may be behind the clock of the log, and ahead of it. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  readonly logAppendTime: boolean
}

/** Kafka's topic settings with the defaults of a broker of version 4; those not in {@link TopicConfigs} are kept and described only. */
const defaults: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'delete.retention.ms': '86400000',
  'file.delete.delay.ms': '60000',
  'flush.messages': '9223372036854775807',
  'flush.ms': '9223372036854775807',
  'index.interval.bytes': '4096',
  'max.compaction.lag.ms': '9223372036854775807',
  'max.message.bytes': '1048588',
  'message.timestamp.after.max.ms': '3600000',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  preallocate: 'false',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
  'segment.index.bytes': '10485760',
  'segment.jitter.ms': '0',
  'segment.ms': '604800000',
  'unclean.leader.election.enable': 'false',
}

/** Every setting with its effective value, as a broker describes them. */
export function effectiveConfigs(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...defaults, ...given }
}

/** Parses and checks; throws `STREAM_BROKER_REFUSED` for an unknown name or an impossible value, as a broker refuses them. */
export function parseConfigs(topic: string, given: Readonly<Record<string, string>>): TopicConfigs {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw refused(`Topic ${topic} was refused: there is no topic config ${name}. Use Kafka's names.`, {
        topic,
        config: name,
      })
    }
  }
  const all = effectiveConfigs(given)
  const invalid = (name: string): Error =>
    refused(`Topic ${topic} was refused: ${JSON.stringify(all[name])} is no value for ${name}. Correct it.`, {
      topic,
      config: name,
    })
  const number = (name: string, least: number): number => {
    const value = Number(all[name])
    if (all[name]?.trim() === '' || Number.isNaN(value) || value < least) throw invalid(name)
    return value
  }
  const policies = (all['cleanup.policy'] ?? '').split(',').map((policy) => policy.trim())
  if (policies.some((policy) => policy !== 'compact' && policy !== 'delete')) throw invalid('cleanup.policy')
  const timestampType = all['message.timestamp.type']
  if (timestampType !== 'CreateTime' && timestampType !== 'LogAppendTime') throw invalid('message.timestamp.type')
  const dirtyRatio = number('min.cleanable.dirty.ratio', 0)
  if (dirtyRatio > 1) throw invalid('min.cleanable.dirty.ratio')
  return {
    compacted: policies.includes('compact'),
    deleted: policies.includes('delete'),
    retentionMs: number('retention.ms', -1),
    retentionBytes: number('retention.bytes', -1),
    deleteRetentionMs: number('delete.retention.ms', 0),
    minCompactionLagMs: number('min.compaction.lag.ms', 0),
    minCleanableDirtyRatio: dirtyRatio,
    maxMessageBytes: number('max.message.bytes', 0),
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms', 0),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms', 0),
    logAppendTime: timestampType === 'LogAppendTime',
  }
}
