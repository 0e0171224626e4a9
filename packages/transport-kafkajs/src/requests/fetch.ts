import type { Isolation, TopicPartitionOffset } from '@stream/core/adapter'
import type { AbortedTransaction } from '../records/index.ts'
import type { WireRequest } from '../wire/index.ts'
import { readTopics, writeTopics } from './by-topic.ts'
import type { PartitionError } from './offsets.ts'

/** What is fetched, and how patiently. */
export interface FetchRequest {
  readonly positions: readonly TopicPartitionOffset[]
  readonly isolation: Isolation
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
}

/** One partition's part of a fetch answer. */
export interface FetchedPartition extends PartitionError {
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last one may be cut off. */
  readonly records: Buffer
}

/** Fetch v11, without a fetch session. */
export function fetch(request: FetchRequest): WireRequest<{ error: number; partitions: readonly FetchedPartition[] }> {
  return {
    apiKey: 1,
    apiName: 'Fetch',
    version: 11,
    flexible: false,
    holdMs: request.maxWaitMs,
    sizeBytes: 128 + request.positions.length * 64,
    write: (out) => {
      out.int32(-1).int32(request.maxWaitMs).int32(1).int32(request.maxBytes)
      out
        .int8(request.isolation === 'read_committed' ? 1 : 0)
        .int32(0)
        .int32(-1)
      writeTopics(out, request.positions, (one) => {
        out.int32(-1).int64(one.offset).int64(-1).int32(request.maxPartitionBytes)
      })
      out.int32(0).string('')
    },
    read: (answer) => {
      answer.int32()
      const error = answer.int16()
      answer.int32()
      const partitions = readTopics(answer, (at) => {
        const part = {
          ...at,
          error: answer.int16(),
          highWatermark: answer.int64(),
          lastStableOffset: answer.int64(),
          logStart: answer.int64(),
          aborted: answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() })),
        }
        answer.int32()
        return { ...part, records: answer.byteString() }
      })
      return { error, partitions }
    },
  }
}
