import {
  type CommittedOffset,
  type Fetched,
  type GroupConsumer,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  StreamError,
  sleep,
  systemClock,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import type { Edges } from '../ask/index.ts'
import { ConsumeLoop, type Feed, logicalEnd, SilenceWatch } from '../consume/index.ts'
import {
  type ClientFailure,
  called,
  codes,
  connect,
  failureOf,
  forwardLog,
  isMissing,
  type NativeConsumer,
} from '../native/index.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { Members } from './members.ts'
import { Membership, rebalanceFailure } from './membership.ts'

/** Callbacks of librdkafka's consumer. */
export interface ConsumerCallbacks {
  readonly rebalance_cb: (failure: unknown, partitions: readonly TopicPartition[]) => void
  readonly offset_commit_cb: (failure: unknown) => void
}

/** What {@link RdkafkaGroupConsumer} is made of. */
export interface GroupConsumerParts {
  /** A new client, not connected. */
  readonly create: (callbacks: ConsumerCallbacks) => NativeConsumer
  readonly group: GroupOptions
  readonly listener: GroupListener
  readonly edges: Edges
  readonly members: Members
  readonly byText: ReadonlyMap<string, number>
  readonly connectTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  readonly onClose: () => void
}

const reconnectMs = 200

/** One member of a consumer group, what it reads, and its offsets. */
export class RdkafkaGroupConsumer implements GroupConsumer {
  private readonly parts: GroupConsumerParts
  private readonly loop: ConsumeLoop
  private readonly watch: SilenceWatch
  private readonly offsets: GroupOffsets
  private readonly closing: AbortController = new AbortController()
  private readonly started: Promise<void>
  private membership: Membership | undefined
  private closed: Promise<void> | undefined

  constructor(parts: GroupConsumerParts) {
    this.parts = parts
    const { group } = parts
    this.loop = new ConsumeLoop({
      maxPollBytes: group.maxPollBytes,
      assignment: () => this.membership?.assignment ?? 0,
      reassign: (consumer, feed) => reassign(consumer, feed, this.loop.feeds.all(), group.rebalance),
      onFailure: (failure) => this.failed(failure),
    })
    this.watch = new SilenceWatch(this.loop.feeds, parts.edges, () => this.loop.nudge())
    this.offsets = new GroupOffsets(group.groupId, group.sessionTimeoutMs, this.closing.signal)
    this.started = this.start()
  }

  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    return this.loop.poll(options.maxWaitMs)
  }

  seek(positions: readonly TopicPartitionOffset[]): void {
    for (const { topic, partition, offset } of positions) this.loop.feeds.get(topic, partition)?.seek(offset)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.setPaused(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.setPaused(partitions, false)
  }

  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    const { membership } = this
    if (membership === undefined) return Promise.reject(this.notJoined())
    return this.offsets.committed(membership.consumer, partitions)
  }

  commit(offsets: readonly TopicPartitionOffset[], group: GroupHandle): Promise<void> {
    const { membership } = this
    const check = (): void => {
      if (membership?.isCurrent(group, offsets) !== true) throw fenced(group)
    }
    if (membership === undefined) return Promise.reject(fenced(group))
    const release = membership.hold()
    return this.offsets.commit(membership.consumer, offsets, check).finally(release)
  }

  sinceHeartbeatMs(): number {
    return this.membership?.sinceConfirmedMs() ?? Number.POSITIVE_INFINITY
  }

  close(options: { readonly leave: boolean }): Promise<void> {
    this.closed ??= this.end(options.leave)
    return this.closed
  }

  private setPaused(partitions: readonly TopicPartition[], isPaused: boolean): void {
    for (const { topic, partition } of partitions) {
      const feed = this.loop.feeds.get(topic, partition)
      if (feed !== undefined) feed.isPaused = isPaused
    }
  }

  private failed(failure: ClientFailure): void {
    if (this.membership?.consumingFailed(failure) === true) return
    const { code, message } = failure
    if (code === codes.autoOffsetReset || code === codes.topicAuthorizationFailed || isMissing(code)) this.watch.alarm()
    else this.parts.log('debug', `Consuming goes on after: ${message}`)
  }

  private async start(): Promise<void> {
    const { parts } = this
    while (!this.closing.signal.aborted) {
      let membership: Membership | undefined
      const consumer = parts.create({
        rebalance_cb: (failure, partitions) => membership?.rebalance(rebalanceFailure(failure), partitions),
        offset_commit_cb: (failure) => this.offsets.committedBack(failure ? failureOf(failure) : undefined),
      })
      forwardLog(consumer, parts.log)
      try {
        await connect(consumer, parts.connectTimeoutMs)
        membership = new Membership({ ...parts, consumer, loop: this.loop })
        this.membership = membership
        this.loop.attach(consumer)
        if (!this.closing.signal.aborted) consumer.subscribe([...parts.group.topics])
        return
      } catch (thrown) {
        parts.log('warn', `A member of ${parts.group.groupId} is not connected yet: ${failureOf(thrown).message}`)
      }
      await sleep(systemClock, reconnectMs, this.closing.signal)
    }
  }

  private async end(leave: boolean): Promise<void> {
    if (this.membership === undefined) this.closing.abort()
    await this.started
    const { membership } = this
    await membership?.close(leave)
    this.closing.abort()
    await this.loop.close()
    await this.watch.stop()
    // Only now: a client that is let go of while it is being consumed from takes the process with it.
    if (membership !== undefined) await called((done) => membership.consumer.disconnect(done)).catch(() => undefined)
    this.parts.onClose()
  }

  private notJoined(): StreamError {
    return new StreamError({
      code: this.closed === undefined ? 'STREAM_STATE_INVALID' : 'STREAM_CLOSED',
      message: `The member of ${this.parts.group.groupId} is not connected`,
      retryable: this.closed === undefined,
    })
  }
}

/** Under the eager protocol librdkafka takes whole assignments only: the others go on where their records end. */
function reassign(
  consumer: NativeConsumer,
  feed: Feed,
  all: readonly Feed[],
  rebalance: GroupOptions['rebalance'],
): void {
  const positions = (rebalance === 'cooperative' ? [feed] : all).map(({ topic, partition, fetchPosition }) => {
    return { topic, partition, offset: fetchPosition ?? logicalEnd }
  })
  if (rebalance === 'cooperative') {
    consumer.incrementalUnassign(positions)
    consumer.incrementalAssign(positions)
  } else consumer.assign(positions)
}

function fenced({ groupId, memberId, generation }: GroupHandle): StreamError {
  return new StreamError({
    code: 'STREAM_FENCED',
    message: `The membership of ${memberId} in generation ${generation} of ${groupId} is over`,
  })
}
