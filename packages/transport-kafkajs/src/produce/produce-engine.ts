import { describeThrown, type ErrorPlace, type OutBatch, StreamError } from '@stream/core/adapter'
import {
  brokerCodes,
  brokerError,
  type Cluster,
  isRetryableCode,
  isStaleCode,
  topicMissing,
} from '../connection/index.ts'
import { type CodecLookup, type Compression, compressBatch } from '../records/index.ts'
import { type ProduceAnswer, type ProducerIdentity, produce } from '../requests/index.ts'
import { BatchLimits } from './batch-limits.ts'
import { type Appended, emptyResult, PartitionQueue, type Segment } from './partition-queue.ts'
import { closedError, isIdentityOver, isRecordRefused, lateError } from './produce-errors.ts'

/** What a {@link ProduceEngine} is made of. */
export interface ProduceEngineOptions {
  readonly cluster: Cluster
  readonly compression: Compression
  readonly codec: CodecLookup
  /** Records are put into batches of at most this many bytes, a single larger record excepted. */
  readonly batchBytes: number
  /** How long a leader may wait for its followers. */
  readonly ackTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  /** Set for transactions; a record that is refused, and an identity that is over, then end the whole of it. */
  readonly transactionalId: string | null
  /** Asked for an identity where there is none, or where the broker does not know the old one any more. */
  readonly renew?: () => Promise<ProducerIdentity>
}

/** Requests on their way to one broker at a time. */
const requestsPerBroker = 5

/** How long the brokers may not know a partition before that is an error. */
const missingGraceMs = 3000

/**
 * Appends batches: in order per partition, idempotent by sequence numbers, one segment of a partition on its way at a time. What gets
 * no answer is sent again unchanged until its deadline, and the broker recognises what it has.
 */
export class ProduceEngine {
  private readonly options: ProduceEngineOptions
  private queues: Map<string, PartitionQueue> = new Map()
  private readonly limits: BatchLimits
  private readonly requests: Map<number, number> = new Map()
  private identity: ProducerIdentity | undefined
  private version: 11 | 12 = 12
  /** The identity serves only what may have arrived under it already; then there will be another. */
  private isOver = false
  private isRenewing = false
  private isScheduled = false
  private isClosed = false
  private inFlight = 0

  constructor(options: ProduceEngineOptions) {
    this.options = options
    this.limits = new BatchLimits(options.batchBytes)
  }

  /** Goes on under this identity; `keepSequences` where it is the same producer id and epoch. */
  use(identity: ProducerIdentity, version: 11 | 12, keepSequences: boolean): void {
    this.identity = identity
    this.version = version
    if (!keepSequences) this.queues = new Map()
  }

  /** One result per batch, in their order. Never rejects. */
  async append(batches: readonly OutBatch[], deadlineMs: number): Promise<readonly Appended[]> {
    const results = batches.map(emptyResult)
    if (this.isClosed) {
      for (const result of results) result.error = closedError()
      return results
    }
    let open = 0
    await new Promise<void>((resolve) => {
      const jobs: (() => void)[] = []
      const expireAll = (): void => {
        for (const expire of jobs) expire()
      }
      const timer = setTimeout(expireAll, Math.max(0, deadlineMs - performance.now()))
      const settled = (): void => {
        if (--open > 0) return
        clearTimeout(timer)
        resolve()
      }
      open = 1
      batches.forEach((batch, index) => {
        if (batch.records.length === 0) return
        open++
        const queue = this.queue(batch)
        const job = { records: batch.records, result: results[index] as Appended, settled, next: 0, cap: Infinity }
        queue.jobs.push(job)
        jobs.push(() => this.expire(queue, job))
      })
      settled()
      this.pump()
    })
    return results
  }

  /** Forgets what waits; answers still under way are not looked at. */
  drop(error: StreamError): void {
    const dropped = this.queues
    this.queues = new Map()
    for (const queue of dropped.values()) for (const job of [...queue.jobs]) queue.fail(job, error)
  }

  close(): void {
    this.isClosed = true
    this.drop(closedError())
  }

  private queue(batch: OutBatch): PartitionQueue {
    const key = `${batch.topic}/${batch.partition}`
    let queue = this.queues.get(key)
    if (queue === undefined) this.queues.set(key, (queue = new PartitionQueue(batch, this.limits)))
    return queue
  }

  /** Sends everything that can be sent now. */
  private pump(): void {
    if (this.isClosed || this.isRenewing) return
    const busy = [...this.queues.values()].filter((one) => one.jobs.length > 0)
    const begun = busy.filter((one) => one.segment?.wasSent === true)
    if (this.identity === undefined || (this.isOver && begun.length === 0)) {
      if (busy.length > 0) void this.renewIdentity()
      return
    }
    const ready = (this.isOver ? begun : busy).filter((one) => !one.isInFlight && !one.isPausing)
    const byLeader = new Map<number, PartitionQueue[]>()
    const leaderless: PartitionQueue[] = []
    for (const queue of ready) {
      const leader = this.options.cluster.leaderOf(queue.topic, queue.partition)
      if (leader === undefined) leaderless.push(queue)
      else if (byLeader.get(leader)?.push(queue) === undefined) byLeader.set(leader, [queue])
    }
    if (leaderless.length > 0) void this.retry(leaderless, true)
    for (const [nodeId, queues] of byLeader) {
      if ((this.requests.get(nodeId) ?? 0) < requestsPerBroker) void this.request(nodeId, queues, this.identity)
    }
  }

  private async request(nodeId: number, queues: readonly PartitionQueue[], identity: ProducerIdentity): Promise<void> {
    const { cluster, compression, codec, ackTimeoutMs: timeoutMs, transactionalId } = this.options
    this.requests.set(nodeId, (this.requests.get(nodeId) ?? 0) + 1)
    this.inFlight++
    const retries: PartitionQueue[] = []
    let isStale = false
    const segments = queues.map((queue) => {
      queue.isInFlight = true
      return queue.nextSegment()
    })
    try {
      const parts = await Promise.all(
        segments.map(async (segment, index) => {
          const queue = queues[index] as PartitionQueue
          segment.bytes ??= queue.encode(segment, identity, transactionalId !== null)
          if (!segment.wasSent && compression !== 'none')
            segment.bytes = await compressBatch(segment.bytes, compression, codec)
          segment.wasSent = true
          return { topic: queue.topic, partition: queue.partition, bytes: segment.bytes }
        }),
      )
      const answers = await cluster.sendTo(
        nodeId,
        produce({ version: this.version, transactionalId, timeoutMs, parts }),
      )
      for (const answer of answers) {
        const index = queues.findIndex((one) => one.topic === answer.topic && one.partition === answer.partition)
        const queue = queues[index]
        const segment = segments[index]
        if (queue === undefined || segment === undefined || queue.segment !== segment) continue
        if (this.settle(queue, segment, answer)) {
          retries.push(queue)
          isStale ||= isStaleCode(answer.error)
        }
      }
    } catch (error) {
      if (!this.isClosed) this.options.log('warn', `A produce request is tried again: ${describeThrown(error)}`)
      retries.push(...queues)
      isStale = true
    }
    this.inFlight--
    this.requests.set(nodeId, (this.requests.get(nodeId) ?? 1) - 1)
    for (const queue of queues) queue.isInFlight = false
    if (retries.length > 0) void this.retry(retries, isStale)
    this.pump()
  }

  /** Takes in one answer; true where the segment has to be sent again after a pause. */
  private settle(queue: PartitionQueue, segment: Segment, answer: ProduceAnswer): boolean {
    const { topic, partition } = queue
    const code = answer.error
    if (code === brokerCodes.none || code === brokerCodes.duplicateSequence) {
      queue.accept(segment, answer.baseOffset < 0 ? undefined : answer.baseOffset)
      return false
    }
    const isTransaction = this.options.transactionalId !== null
    const what = `Records for ${topic}-${partition} were not taken`
    const error = brokerError(code, what, this.place(queue), { said: answer.message, needs: 'Write' })
    if (isRecordRefused(code)) {
      if (code === brokerCodes.messageTooLarge || code === brokerCodes.recordListTooLarge) queue.learnLimit(segment)
      queue.corner(segment, error, answer.recordErrors[0])
      if (isTransaction && segment.job.result.refused.length > 0) queue.fail(segment.job, error)
      return false
    }
    if (isIdentityOver(code) && !isTransaction) {
      queue.segment = undefined
      this.isOver = true
      return false
    }
    if (code === brokerCodes.unknownTopicOrPartition) return !this.isMissing(queue)
    if (isRetryableCode(code)) return true
    queue.fail(segment.job, error)
    return false
  }

  private async retry(queues: readonly PartitionQueue[], isStale: boolean): Promise<void> {
    for (const queue of queues) queue.isPausing = true
    await Promise.all(queues.map((queue) => queue.backoff.wait()))
    if (isStale && !this.isClosed) {
      const { cluster, log } = this.options
      await cluster.refresh([...new Set(queues.map((queue) => queue.topic))]).catch((error) => {
        if (!this.isClosed) log('warn', `No leaders yet: ${describeThrown(error)}`)
      })
      for (const queue of queues) {
        if (cluster.leaderOf(queue.topic, queue.partition) === undefined) this.checkLeaderless(queue)
      }
    }
    for (const queue of queues) queue.isPausing = false
    this.schedule()
  }

  /** True once the brokers have not known the partition for too long; what waits for it has failed then. */
  private isMissing(queue: PartitionQueue): boolean {
    queue.missingSinceMs ??= performance.now()
    if (performance.now() - queue.missingSinceMs < missingGraceMs) return false
    const error = topicMissing(queue)
    for (const job of [...queue.jobs]) queue.fail(job, error)
    return true
  }

  private checkLeaderless(queue: PartitionQueue): void {
    const why = this.options.cluster.whyLeaderless(queue)
    if (why === brokerCodes.unknownTopicOrPartition) this.isMissing(queue)
    else if (!isRetryableCode(why)) {
      const what = `Records for ${queue.topic}-${queue.partition} cannot be sent`
      const error = brokerError(why, what, this.place(queue), { needs: 'Write' })
      for (const job of [...queue.jobs]) queue.fail(job, error)
    }
  }

  private place({ topic, partition }: PartitionQueue): ErrorPlace {
    const { transactionalId } = this.options
    return transactionalId === null ? { topic, partition } : { topic, partition, transactionalId }
  }

  /** Without this, queues whose pauses end together would each get a request of their own. */
  private schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    queueMicrotask(() => {
      this.isScheduled = false
      this.pump()
    })
  }

  private expire(queue: PartitionQueue, job: PartitionQueue['jobs'][number]): void {
    if (!queue.jobs.includes(job)) return
    if (queue.missingSinceMs !== undefined) {
      queue.fail(job, topicMissing(queue))
      return
    }
    // Whether the broker has it cannot be told, so the numbers behind it cannot be either.
    const isUncertain = queue.segment?.job === job && queue.segment.wasSent
    queue.fail(job, lateError(queue, isUncertain))
    if (isUncertain && this.options.renew !== undefined) {
      this.isOver = true
      this.pump()
    }
  }

  /** Waits for what is on its way under the old identity, then numbers everything anew. */
  private async renewIdentity(): Promise<void> {
    const { renew, log } = this.options
    if (renew === undefined || this.inFlight > 0) return
    this.identity = undefined
    this.isRenewing = true
    try {
      this.identity = await renew()
      this.isOver = false
      for (const queue of this.queues.values()) queue.restart()
    } catch (error) {
      const isFinal = StreamError.is(error) && !error.retryable
      if (isFinal) this.drop(error)
      else if (!this.isClosed) log('warn', `No producer id yet: ${describeThrown(error)}`)
    }
    this.isRenewing = false
    if (this.identity !== undefined) this.pump()
    else setTimeout(() => this.pump(), 100)
  }
}
