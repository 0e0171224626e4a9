import { type OutRecord, StreamError, type TopicSpec } from '@stream/core/adapter'
import { refused } from './broker-errors.ts'
import { PartitionLog } from './partition-log.ts'
import { singleBatchBytes } from './record-size.ts'
import { effectiveConfigs, parseConfigs, type TopicConfigs } from './topic-configs.ts'

const legalName = /^[a-zA-Z0-9._-]{1,249}$/

/** What Kafka takes for a record without a timestamp. */
const noTimestamp = -1

/** A topic: its settings and its partitions. */
export class Topic {
  readonly name: string
  /** As given at creation. */
  readonly given: Readonly<Record<string, string>>
  readonly configs: TopicConfigs
  readonly partitions: readonly PartitionLog[]

  constructor(spec: TopicSpec, defaultPartitions: number) {
    const { name, replicationFactor } = spec
    if (!legalName.test(name) || name === '.' || name === '..') {
      throw refused(
        `Topic ${JSON.stringify(name)} was refused: a name has 1 to 249 of a-z, A-Z, 0-9, dot, underscore, hyphen. Rename it.`,
        { topic: name },
      )
    }
    if (replicationFactor !== -1 && replicationFactor !== 1) {
      throw refused(
        `Topic ${name} was refused: the embedded log is one broker, so a replication factor of ${replicationFactor} cannot be had. Use -1.`,
        { topic: name },
      )
    }
    const count = spec.partitions === -1 ? defaultPartitions : spec.partitions
    if (!Number.isInteger(count) || count < 1) {
      throw refused(`Topic ${name} was refused: ${spec.partitions} is no number of partitions. Ask for 1 or more.`, {
        topic: name,
      })
    }
    this.name = name
    this.given = { ...spec.configs }
    this.configs = parseConfigs(name, spec.configs)
    this.partitions = Array.from({ length: count }, (_, partition) => new PartitionLog(name, partition))
  }

  /** Every setting with its effective value. */
  describe(): Readonly<Record<string, string>> {
    return effectiveConfigs(this.given)
  }

  /** Why the broker would not take a record; undefined where it does. */
  refusal(record: OutRecord, partition: number, now: number): StreamError | undefined {
    const { maxMessageBytes, compacted } = this.configs
    if (compacted && record.key === null) {
      return refused(
        `A record without a key was refused by ${this.name}-${partition}, which is compacted. Give the record a key.`,
        { topic: this.name, partition },
      )
    }
    const untimely = this.#untimely(record.timestamp, now)
    if (untimely !== undefined) {
      return refused(`A record was refused by ${this.name}-${partition}: ${untimely}.`, {
        topic: this.name,
        partition,
        timestamp: record.timestamp,
      })
    }
    if (isSurelySmall(record, maxMessageBytes)) return undefined
    const sizeBytes = singleBatchBytes(record)
    if (sizeBytes <= maxMessageBytes) return undefined
    return new StreamError({
      code: 'STREAM_RECORD_TOO_LARGE',
      message:
        `A record of ${sizeBytes} bytes was refused by ${this.name}-${partition}, whose max.message.bytes is ${maxMessageBytes}. ` +
        'Make the record smaller or raise the setting.',
      place: { topic: this.name, partition, sizeBytes, maxMessageBytes },
    })
  }

  #untimely(timestamp: number, now: number): string | undefined {
    const { logAppendTime, timestampBeforeMaxMs, timestampAfterMaxMs } = this.configs
    if (logAppendTime || timestamp === noTimestamp) return undefined
    if (timestamp - now > timestampAfterMaxMs) {
      return `its timestamp is ${timestamp - now} ms ahead of the clock, and message.timestamp.after.max.ms is ${timestampAfterMaxMs}. Correct the timestamp or raise the setting`
    }
    if (now - timestamp > timestampBeforeMaxMs) {
      return `its timestamp is ${now - timestamp} ms behind the clock, and message.timestamp.before.max.ms is ${timestampBeforeMaxMs}. Correct the timestamp or raise the setting`
    }
    return undefined
  }
}

/** The exact size takes more work than nearly every record deserves. */
function isSurelySmall(record: OutRecord, limit: number): boolean {
  if (record.headers !== undefined && record.headers.length > 0) return false
  return (record.key?.length ?? 0) + (record.value?.length ?? 0) + 100 <= limit
}
