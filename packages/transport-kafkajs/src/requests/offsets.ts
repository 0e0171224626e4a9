import type { Isolation, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import type { WireRequest } from '../wire/index.ts'
import { readCompactTopics, readTopics, writeCompactNumbers, writeTopics } from './by-topic.ts'
import { type MemberIdentity, writeMember } from './membership.ts'

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
      writeCompactNumbers(out, partitions)
      out.bool(true).tags()
    },
    read: (answer) => {
      answer.int32()
      const offsets = readCompactTopics(answer, (at) => {
        const offset = answer.int64()
        answer.int32()
        answer.compactNullableString()
        return { ...at, offset, error: answer.int16() }
      })
      return { error: answer.int16(), offsets }
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
      writeMember(out, member)
      writeTopics(out, offsets, (one) => out.int64(one.offset).int32(-1).string(''))
    },
    read: (answer) => {
      answer.int32()
      return readTopics(answer, (at) => ({ ...at, error: answer.int16() }))
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
      writeTopics(out, partitions, () => out.int64(edge === 'start' ? -2 : -1))
    },
    read: (answer) => {
      answer.int32()
      return readTopics(answer, (at) => {
        const error = answer.int16()
        answer.int64()
        return { ...at, error, offset: answer.int64() }
      })
    },
  }
}
