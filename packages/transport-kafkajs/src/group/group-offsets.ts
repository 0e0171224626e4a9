import {
  type CommittedOffset,
  type GroupHandle,
  StreamError,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { Backoff, brokerCodes, brokerError, type Cluster, isFencingCode, isRetryableCode } from '../connection/index.ts'
import { offsetCommit, offsetFetch } from '../requests/index.ts'
import type { WireRequest } from '../wire/index.ts'
import { conversationLane } from './heartbeats.ts'
import type { Membership } from './membership.ts'

/** What {@link GroupOffsets} is made of. */
export interface GroupOffsetsOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly stableWithinMs: number
  readonly membership: Pick<Membership, 'shown' | 'hasMoved'>
  /** Aborts when the consumer begins to close, which questions do not survive. */
  readonly closing: AbortSignal
  /** Aborts when everything is given up, which commits do not survive. */
  readonly closed: AbortSignal
}

/** A group's committed offsets. */
export class GroupOffsets {
  private readonly cluster: Cluster
  private readonly groupId: string
  private readonly stableWithinMs: number
  private readonly membership: Pick<Membership, 'shown' | 'hasMoved'>
  private readonly closing: AbortSignal
  private readonly closed: AbortSignal

  constructor(options: GroupOffsetsOptions) {
    this.cluster = options.cluster
    this.groupId = options.groupId
    this.stableWithinMs = options.stableWithinMs
    this.membership = options.membership
    this.closing = options.closing
    this.closed = options.closed
  }

  /** Waits for pending transactions; rejects with `STREAM_OFFSETS_UNSTABLE` where one does not end in time. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    if (partitions.length === 0) return []
    const startedMs = performance.now()
    return this.retrying(this.closing, async () => {
      const answer = await this.send(offsetFetch(this.groupId, partitions))
      this.check(answer.error, 'The committed offsets are not known')
      const found = new Map<string, number>()
      for (const one of answer.offsets) {
        if (one.error === brokerCodes.unstableOffset) {
          const error = unstable(this.groupId, one)
          throw performance.now() - startedMs > this.stableWithinMs ? error : new Retry(error)
        }
        this.check(one.error, `The committed offset of ${one.topic}-${one.partition} is not known`, one)
        if (one.offset >= 0) found.set(`${one.topic}/${one.partition}`, one.offset)
      }
      return partitions.map(({ topic, partition }) => ({
        topic,
        partition,
        offset: found.get(`${topic}/${partition}`),
      }))
    })
  }

  /** Rejects with `STREAM_FENCED` where the handle's membership is over. */
  async commit(offsets: readonly TopicPartitionOffset[], group: GroupHandle): Promise<void> {
    if (offsets.length === 0) return
    await this.retrying(this.closed, async () => {
      const shown = this.membership.shown(group, offsets)
      const answers = await this.send(offsetCommit(shown, offsets))
      const isBehind = answers.some(({ error }) => error === brokerCodes.illegalGeneration)
      if (isBehind && (await this.membership.hasMoved(group, offsets, shown))) throw new Retry()
      for (const one of answers) {
        this.check(one.error, `Offsets of ${one.topic}-${one.partition} were not committed`, one)
      }
    })
  }

  private send<T>(request: WireRequest<T>): Promise<T> {
    return this.cluster.sendToCoordinator('group', this.groupId, request, conversationLane)
  }

  private check(code: number, what: string, one?: TopicPartition): void {
    if (code === brokerCodes.none) return
    const place = one === undefined ? {} : { topic: one.topic, partition: one.partition }
    const error = brokerError(code, what, { group: this.groupId, ...place }, { needs: 'Read' })
    throw code === brokerCodes.rebalanceInProgress ? new Retry(error) : error
  }

  private async retrying<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(10)
    for (;;) {
      if (signal.aborted) throw new StreamError({ code: 'STREAM_CLOSED', message: 'The group consumer is closed' })
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof Retry) && !isTemporary(error)) throw error
        this.cluster.forgetCoordinator('group', this.groupId)
      }
      await backoff.wait(signal)
    }
  }
}

/** An answer that is final elsewhere and temporary here. */
class Retry extends Error {
  constructor(cause?: StreamError) {
    super(cause?.message, { cause })
  }
}

function isTemporary(error: unknown): boolean {
  if (!StreamError.is(error) || !error.retryable || error.code === 'STREAM_OFFSETS_UNSTABLE') return false
  const code = error.place.brokerCode
  return typeof code !== 'number' || (isRetryableCode(code) && !isFencingCode(code))
}

function unstable(groupId: string, { topic, partition }: TopicPartition): StreamError {
  return new StreamError({
    code: 'STREAM_OFFSETS_UNSTABLE',
    message: `A transaction on the offsets of ${topic}-${partition} is still pending: its worker stalls, or its timeout is longer than the session's`,
    retryable: true,
    place: { group: groupId, topic, partition },
  })
}
