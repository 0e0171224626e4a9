import type { Isolation, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import type { WireRequest } from '../wire/index.ts'
import { byTopic } from './by-topic.ts'
import type { MemberIdentity } from './membership.ts'

/** What the broker said about one partition. */
export interface PartitionError extends TopicPartition {
  readonly error: number
}

/** An offset, or why there is none. */
export interface PartitionOffsetAnswer extends PartitionError {
  readonly offset: number
}

/** OffsetFetch v7 with `requireStable` (KIP-447): a partition with a pending transaction answers with an error. */
export function offsetFetch(
  groupId: string,
  partitions: readonly TopicPartition[],
): WireRequest<{ error: number; offsets: readonly PartitionOffsetAnswer[] }> {
  return {
    apiKey: 9,
    apiName: 'OffsetFetch',
    version: 7,
    flexible: true,
    write: (out) => {
      out.compactString(groupId)
      out.compactArray(byTopic(partitions), (group) => {
        out
          .compactString(group.topic)
          .compactArray(group.partitions, (one) => out.int32(one.partition))
          .tags()
      })
      out.bool(true).tags()
    },
    read: (answer) => {
      answer.int32()
      const offsets = answer.compactArray(() => {
        const topic = answer.compactString()
        const found = answer.compactArray(() => {
          const partition = answer.int32()
          const offset = answer.int64()
          answer.int32()
          answer.compactNullableString()
          const error = answer.int16()
          answer.tags()
          return { topic, partition, offset, error }
        })
        answer.tags()
        return found
      })
      const error = answer.int16()
      return { error, offsets: offsets.flat() }
    },
  }
}

/** OffsetCommit v7 under a member and a generation. */
export function offsetCommit(
  member: MemberIdentity,
  offsets: readonly TopicPartitionOffset[],
): WireRequest<readonly PartitionError[]> {
  return {
    apiKey: 8,
    apiName: 'OffsetCommit',
    version: 7,
    flexible: false,
    write: (out) => {
      out
        .string(member.groupId)
        .int32(member.generation)
        .string(member.memberId)
        .string(member.instanceId ?? null)
      out.array(byTopic(offsets), (group) => {
        out.string(group.topic).array(group.partitions, (one) => {
          out.int32(one.partition).int64(one.offset).int32(-1).string('')
        })
      })
    },
    read: (answer) => {
      answer.int32()
      const topics = answer.array(() => {
        const topic = answer.string()
        return answer.array(() => ({ topic, partition: answer.int32(), error: answer.int16() }))
      })
      return topics.flat()
    },
  }
}

/** Which end of the log is asked for. */
export type LogEdge = 'start' | 'end'

/** ListOffsets v3: first offset, log end, or last stable offset under `read_committed`. */
export function listOffsets(
  partitions: readonly TopicPartition[],
  edge: LogEdge,
  isolation: Isolation,
): WireRequest<readonly PartitionOffsetAnswer[]> {
  return {
    apiKey: 2,
    apiName: 'ListOffsets',
    version: 3,
    flexible: false,
    write: (out) => {
      out.int32(-1).int8(isolation === 'read_committed' ? 1 : 0)
      out.array(byTopic(partitions), (group) => {
        out.string(group.topic)
        out.array(group.partitions, (one) => out.int32(one.partition).int64(edge === 'start' ? -2 : -1))
      })
    },
    read: (answer) => {
      answer.int32()
      const topics = answer.array(() => {
        const topic = answer.string()
        return answer.array(() => {
          const partition = answer.int32()
          const error = answer.int16()
          answer.int64()
          return { topic, partition, error, offset: answer.int64() }
        })
      })
      return topics.flat()
    },
  }
}
