import type { TopicPartition } from '@stream/core/adapter'
import type { WireRequest } from '../wire/index.ts'
import { readCompactTopics, writeCompactTopics } from './by-topic.ts'
import type { PartitionError } from './offsets.ts'

/** One encoded batch for one partition; a request holds at most one of a partition. */
export interface ProducePart extends TopicPartition {
  readonly bytes: Buffer
}

/** What became of it. */
export interface ProduceAnswer extends PartitionError {
  readonly baseOffset: number
  /** Records the broker refused, by their index in the batch (KIP-467). */
  readonly recordErrors: readonly number[]
  readonly message: string | null
}

/** What a produce request holds. */
export interface ProduceRequest {
  /** 11: partitions were added to the transaction before. 12: the broker adds them itself (KIP-890). */
  readonly version: 11 | 12
  readonly transactionalId: string | null
  /** How long the leader may wait for its followers. */
  readonly timeoutMs: number
  readonly parts: readonly ProducePart[]
}

/** Produce v11 and v12, which share one layout; acknowledged by all in-sync replicas. */
export function produce(request: ProduceRequest): WireRequest<readonly ProduceAnswer[]> {
  let sizeBytes = 256
  for (const part of request.parts) sizeBytes += part.bytes.length + part.topic.length * 3 + 32
  return {
    apiKey: 0,
    apiName: 'Produce',
    version: request.version,
    flexible: true,
    holdMs: request.timeoutMs,
    sizeBytes,
    write: (out) => {
      out.compactString(request.transactionalId).int16(-1).int32(request.timeoutMs)
      writeCompactTopics(out, request.parts, (part) => out.compactBytes(part.bytes))
      out.tags()
    },
    read: (answer) =>
      readCompactTopics(answer, (at) => {
        const error = answer.int16()
        const baseOffset = answer.int64()
        answer.int64()
        answer.int64()
        const recordErrors = answer.compactArray(() => {
          const index = answer.int32()
          answer.compactNullableString()
          answer.tags()
          return index
        })
        return { ...at, error, baseOffset, recordErrors, message: answer.compactNullableString() }
      }),
  }
}
