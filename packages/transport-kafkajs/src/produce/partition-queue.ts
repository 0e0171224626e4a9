import type { OutBatch, OutRecord, StreamError, TopicPartition } from '@stream/core/adapter'
import { Backoff } from '../connection/index.ts'
import { batchEnd, encodeBatch } from '../records/index.ts'
import type { ProducerIdentity } from '../requests/index.ts'
import type { BatchLimits } from './batch-limits.ts'

/** What became of the records of one batch. */
export interface Appended extends TopicPartition {
  /** Offset of the first record, where the broker told it. */
  baseOffset: number | undefined
  /** The position behind the last record, where the broker told it. */
  nextOffset: number | undefined
  /** Records the broker will never take, by index. */
  readonly refused: { readonly index: number; readonly error: StreamError }[]
  /** Why the rest was not appended, or is not known to be. */
  error: StreamError | undefined
}

/** Records of one call for one partition. */
export interface AppendJob {
  readonly records: readonly OutRecord[]
  readonly result: Appended
  readonly settled: () => void
  /** The first record that is not dealt with. */
  next: number
  /** Most records of the next segment; lowered to corner a record the broker refuses. */
  cap: number
}

/** The part of a job that is on its way, or has to be sent again as it is: only then the broker can tell that it has it. */
export interface Segment {
  readonly job: AppendJob
  readonly from: number
  readonly to: number
  readonly sequence: number
  /** Undefined until it is encoded. */
  bytes: Buffer | undefined
  wasSent: boolean
}

/** Sequence numbers are 31 bits wide and wrap to 0. */
const sequences = 0x80000000

/** What waits for one partition, in order; one segment at a time is on its way. */
export class PartitionQueue implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly jobs: AppendJob[] = []
  readonly backoff: Backoff = new Backoff(10, 500)
  isInFlight = false
  isPausing = false
  missingSinceMs: number | undefined
  segment: Segment | undefined
  private sequence = 0
  private readonly limits: BatchLimits

  constructor(partition: TopicPartition, limits: BatchLimits) {
    this.topic = partition.topic
    this.partition = partition.partition
    this.limits = limits
  }

  /** Begins again at sequence 0, under another producer id or epoch. */
  restart(): void {
    this.sequence = 0
    this.segment = undefined
  }

  /** The segment to send now. */
  nextSegment(): Segment {
    if (this.segment !== undefined) return this.segment
    const job = this.jobs[0] as AppendJob
    const to = Math.min(
      batchEnd(job.records, job.next, job.records.length, this.limits.of(this.topic)),
      job.next + job.cap,
    )
    this.segment = { job, from: job.next, to, sequence: this.sequence, bytes: undefined, wasSent: false }
    return this.segment
  }

  encode(segment: Segment, identity: ProducerIdentity, transactional: boolean): Buffer {
    const { producerId, producerEpoch } = identity
    const header = { producerId, producerEpoch, baseSequence: segment.sequence, transactional }
    return encodeBatch(segment.job.records, segment.from, segment.to, header)
  }

  /** The segment was appended. */
  accept(segment: Segment, baseOffset: number | undefined): void {
    const { job, from, to } = segment
    const count = to - from
    this.sequence = (this.sequence + count) % sequences
    if (from === job.result.refused.length) job.result.baseOffset = baseOffset
    job.result.nextOffset = baseOffset === undefined ? undefined : baseOffset + count
    job.cap = Number.POSITIVE_INFINITY
    this.advance(job, to)
  }

  /** The segment was refused for one of its records: the next try holds fewer, until it is one, which is then left out. */
  corner(segment: Segment, error: StreamError, firstBad: number | undefined): void {
    const { job, from, to } = segment
    const count = to - from
    if (count === 1) {
      job.result.refused.push({ index: from, error })
      job.cap = Number.POSITIVE_INFINITY
      this.advance(job, to)
      return
    }
    job.cap = firstBad === undefined ? Math.ceil(count / 2) : Math.max(1, firstBad)
    this.segment = undefined
  }

  /** Later segments hold less: the broker takes no batches of that size here. */
  learnLimit(segment: Segment): void {
    if (segment.to - segment.from > 1 && segment.bytes !== undefined) {
      this.limits.refused(this.topic, segment.bytes.length)
    }
  }

  /** Gives the job up. */
  fail(job: AppendJob, error: StreamError): void {
    const at = this.jobs.indexOf(job)
    if (at < 0) return
    this.jobs.splice(at, 1)
    if (this.segment?.job === job) this.segment = undefined
    job.result.error = error
    job.settled()
  }

  private advance(job: AppendJob, next: number): void {
    this.segment = undefined
    this.backoff.reset()
    this.missingSinceMs = undefined
    job.next = next
    if (next < job.records.length) return
    this.jobs.shift()
    job.settled()
  }
}

/** An empty result for a batch. */
export function emptyResult({ topic, partition }: OutBatch): Appended {
  return { topic, partition, baseOffset: undefined, nextOffset: undefined, refused: [], error: undefined }
}
