import { type Fetched, StreamError, type TopicPartition, type TopicPartitionOffset } from '@stream/core/adapter'
import {
  type ClientFailure,
  called,
  codes,
  failureOf,
  type NativeConsumer,
  type NativeMessage,
} from '../native/index.ts'
import type { Feed } from './feed.ts'
import { Feeds } from './feeds.ts'
import { IdlePace } from './idle-pace.ts'

/** What {@link ConsumeLoop} is made of. */
export interface ConsumeLoopOptions {
  readonly maxPollBytes: number
  /** Stands in every batch. */
  readonly assignment: () => number
  /** Puts partitions that librdkafka has stopped reading after an error to their positions: a seek cannot. */
  readonly reassign: (consumer: NativeConsumer, feed: Feed) => void
  /** Failures that consuming tells of; they may belong to any partition, or to the group. */
  readonly onFailure: (failure: ClientFailure) => void
}

/** Records of one look: each is turned into objects on the event loop, which must not be held for long. */
const mostMessages = 1000
/** Looks go on at this distance where nobody polls: rebalances are told through them. */
const keepAliveMs = 100
const seekTimeoutMs = 2000

/** Looks for what has arrived, keeps it by partition, and hands it out poll by poll. */
export class ConsumeLoop {
  readonly feeds: Feeds = new Feeds()
  private readonly options: ConsumeLoopOptions
  private readonly pace: IdlePace = new IdlePace()
  private consumer: NativeConsumer | undefined
  private stepping: Promise<boolean> | undefined
  private lastStepMs = 0
  private keepAlive: NodeJS.Timeout | undefined
  private wakeUp: (() => void) | undefined
  private isWoken = false
  private failure: StreamError | undefined
  private isClosed = false
  private averageBytes = 100

  constructor(options: ConsumeLoopOptions) {
    this.options = options
  }

  /** From now on there is something to consume from. */
  attach(consumer: NativeConsumer): void {
    consumer.setDefaultConsumeTimeout(0)
    consumer.on('partition.eof', ({ topic, partition, offset }: TopicPartitionOffset) => {
      this.feeds.get(topic, partition)?.reachedEnd(offset)
    })
    this.consumer = consumer
    this.keepAlive = setInterval(() => {
      if (performance.now() - this.lastStepMs > keepAliveMs) void this.step()
    }, keepAliveMs)
    this.nudge()
  }

  async poll(maxWaitMs: number): Promise<readonly Fetched[]> {
    const deadlineMs = performance.now() + maxWaitMs
    for (;;) {
      if (this.failure !== undefined) throw this.failure
      if (this.isClosed) throw closed()
      let batches = this.collect()
      if (batches.length === 0 && !this.isWoken && (await this.step())) batches = this.collect()
      if (batches.length > 0) {
        // The next records are fetched from librdkafka's threads while these are worked on.
        if (!this.feeds.hasReady()) void this.step()
        return batches
      }
      if (this.isWoken) {
        this.isWoken = false
        return []
      }
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) return []
      await this.pause(Math.min(leftMs, this.consumer === undefined ? leftMs : this.pace.pauseMs()))
    }
  }

  /** Lets a waiting poll return. */
  wake(): void {
    this.isWoken = true
    this.wakeUp?.()
  }

  /** Lets a waiting poll look at once. */
  nudge(): void {
    this.wakeUp?.()
  }

  /** Every poll rejects with it from now on. */
  fail(error: StreamError): void {
    this.failure ??= error
    this.wakeUp?.()
  }

  /** Resolves when nothing of the client is being called by this loop any more. */
  async close(): Promise<void> {
    this.isClosed = true
    clearInterval(this.keepAlive)
    this.wakeUp?.()
    await this.stepping
  }

  /** Runs between two looks, when no message of an older state of the client is on its way. */
  async between(act: (consumer: NativeConsumer) => void): Promise<void> {
    while (this.stepping !== undefined) await this.stepping
    if (this.consumer !== undefined) act(this.consumer)
  }

  private collect(): Fetched[] {
    const batches: Fetched[] = []
    let leftBytes = this.options.maxPollBytes
    const assignment = this.options.assignment()
    for (const feed of this.feeds.inTurn()) {
      if (!feed.isReady) continue
      const batch = feed.take(assignment, leftBytes, batches.length === 0, () => this.highWatermark(feed))
      // The next record of this one does not fit; that of another one may.
      if (batch === undefined) continue
      batches.push(batch)
      leftBytes -= batch.sizeBytes
    }
    return batches
  }

  private highWatermark({ topic, partition }: TopicPartition): number | undefined {
    try {
      const high = this.consumer?.getWatermarkOffsets(topic, partition).highOffset
      return high !== undefined && high >= 0 ? high : undefined
    } catch {
      return undefined
    }
  }

  /** One look; true where something came. Several callers share one. */
  private step(): Promise<boolean> {
    this.stepping ??= this.look().finally(() => {
      this.stepping = undefined
      this.lastStepMs = performance.now()
    })
    return this.stepping
  }

  private async look(): Promise<boolean> {
    const { consumer } = this
    if (consumer === undefined || this.isClosed) return false
    await this.tell(consumer)
    const wanted = Math.ceil((this.options.maxPollBytes - this.feeds.deliverableBytes()) / this.averageBytes)
    const count = Math.min(mostMessages, Math.max(1, wanted))
    try {
      const messages = await called<readonly NativeMessage[]>((done) => consumer.consume(count, done))
      this.distribute(messages)
    } catch (thrown) {
      this.options.onFailure(failureOf(thrown))
    }
    const hasCome = this.feeds.hasReady()
    if (hasCome) this.pace.quicken()
    return hasCome
  }

  private distribute(messages: readonly NativeMessage[]): void {
    let feed: Feed | undefined
    let bytes = 0
    for (const message of messages) {
      if (feed?.partition !== message.partition || feed.topic !== message.topic) {
        feed = this.feeds.get(message.topic, message.partition)
      }
      feed?.add(message)
      bytes += (message.value?.length ?? 0) + (message.key?.length ?? 0)
    }
    if (messages.length > 0) this.averageBytes = Math.max(16, bytes / messages.length)
  }

  /** Tells the client of positions and pauses: now, since messages under way for an older position could not be told from others. */
  private async tell(consumer: NativeConsumer): Promise<void> {
    for (const feed of this.feeds.all()) {
      const { topic, partition } = feed
      const wantsPause = feed.isPaused && feed.bufferedBytes > this.options.maxPollBytes
      if (wantsPause !== feed.isPausedInClient && (wantsPause || !feed.isPaused)) {
        const places = [{ topic, partition }]
        if (wantsPause) consumer.pause(places)
        else consumer.resume(places)
        feed.isPausedInClient = wantsPause
      }
      if (!feed.isSeekDue || feed.isHeld || feed.position === undefined) continue
      const offset = feed.position
      try {
        await called((done) => consumer.seek({ topic, partition, offset }, seekTimeoutMs, done))
        if (feed.position === offset) feed.isSeekDue = false
      } catch (thrown) {
        const failure = failureOf(thrown)
        // Anything else passes by itself, such as a change of leaders: the next look tries again.
        if (failure.code === codes.fatal) this.options.onFailure(failure)
        if (failure.code !== codes.state || feed.position !== offset) continue
        this.options.reassign(consumer, feed)
        feed.isSeekDue = false
      }
    }
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, durationMs)
      const self = this
      function done(): void {
        clearTimeout(timer)
        self.wakeUp = undefined
        resolve()
      }
      this.wakeUp = done
    })
  }
}

function closed(): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: 'It is closed: nothing can be polled any more' })
}
