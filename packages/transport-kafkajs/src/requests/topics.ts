import type { TopicPartitionOffset, TopicSpec } from '@stream/core/adapter'
import type { WireRequest } from '../wire/index.ts'
import { readTopics, writeTopics } from './by-topic.ts'
import type { PartitionError } from './offsets.ts'

/** What the broker said about one topic. */
export interface TopicError {
  readonly topic: string
  readonly error: number
  readonly message: string | null
}

/** CreateTopics v4: the first version in which -1 stands for the broker's default replication factor (KIP-464). */
export function createTopics(topics: readonly TopicSpec[], timeoutMs: number): WireRequest<readonly TopicError[]> {
  return {
    apiKey: 19,
    apiName: 'CreateTopics',
    version: 4,
    flexible: false,
    holdMs: timeoutMs,
    write: (out) => {
      out.array(topics, (topic) => {
        out.string(topic.name).int32(topic.partitions).int16(topic.replicationFactor).int32(0)
        out.array(Object.entries(topic.configs), ([name, value]) => out.string(name).string(value))
      })
      out.int32(timeoutMs).bool(false)
    },
    read: (answer) => {
      answer.int32()
      return answer.array(() => ({ topic: answer.string(), error: answer.int16(), message: answer.nullableString() }))
    },
  }
}

/** A topic's configs with the values in effect. */
export interface TopicConfigs extends TopicError {
  readonly configs: Readonly<Record<string, string>>
}

/** DescribeConfigs v2, of topics. Values that are secrets come back as null and are left out. */
export function describeTopicConfigs(topics: readonly string[]): WireRequest<readonly TopicConfigs[]> {
  return {
    apiKey: 32,
    apiName: 'DescribeConfigs',
    version: 2,
    flexible: false,
    write: (out) => {
      out.array(topics, (topic) => out.int8(2).string(topic).int32(-1)).bool(false)
    },
    read: (answer) => {
      answer.int32()
      return answer.array(() => {
        const error = answer.int16()
        const message = answer.nullableString()
        answer.int8()
        const topic = answer.string()
        const configs: Record<string, string> = {}
        answer.array(() => {
          const name = answer.string()
          const value = answer.nullableString()
          answer.bool()
          answer.int8()
          answer.bool()
          answer.array(() => {
            answer.string()
            answer.nullableString()
            answer.int8()
          })
          if (value !== null) configs[name] = value
        })
        return { topic, error, message, configs }
      })
    },
  }
}

/** DeleteRecords v1, to the partitions' leader. */
export function deleteRecords(
  before: readonly TopicPartitionOffset[],
  timeoutMs: number,
): WireRequest<readonly PartitionError[]> {
  return {
    apiKey: 21,
    apiName: 'DeleteRecords',
    version: 1,
    flexible: false,
    holdMs: timeoutMs,
    write: (out) => {
      writeTopics(out, before, (one) => out.int64(one.offset))
      out.int32(timeoutMs)
    },
    read: (answer) => {
      answer.int32()
      return readTopics(answer, (at) => {
        answer.int64()
        return { ...at, error: answer.int16() }
      })
    },
  }
}
