import {
  type Fetched,
  type Isolation,
  type Reader,
  sleep,
  systemClock,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import type { Edges } from '../ask/index.ts'
import { called, codes, connect, failureOf, forwardLog, isMissing, type NativeConsumer } from '../native/index.ts'
import { ConsumeLoop } from './consume-loop.ts'
import { Feed } from './feed.ts'
import { SilenceWatch } from './silence-watch.ts'

/** What {@link RdkafkaReader} is made of. */
export interface ReaderParts {
  /** A new client, not connected. */
  readonly create: () => NativeConsumer
  readonly edges: Edges
  readonly maxPollBytes: number
  readonly connectTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  readonly onClose: () => void
}

const reconnectMs = 200

/** Reads partitions without a group. */
export class RdkafkaReader implements Reader {
  private readonly parts: ReaderParts
  private readonly loop: ConsumeLoop
  private readonly watch: SilenceWatch
  private readonly closing: AbortController = new AbortController()
  private readonly started: Promise<NativeConsumer | undefined>
  private closed: Promise<void> | undefined

  constructor(parts: ReaderParts) {
    this.parts = parts
    this.loop = new ConsumeLoop({
      maxPollBytes: parts.maxPollBytes,
      assignment: () => 0,
      reassign: (consumer, { topic, partition, position }) => {
        consumer.incrementalUnassign([{ topic, partition }])
        consumer.incrementalAssign([{ topic, partition, offset: position as number }])
      },
      onFailure: ({ code, message }) => {
        if (code === codes.autoOffsetReset || code === codes.topicAuthorizationFailed || isMissing(code))
          this.watch.alarm()
        else parts.log('debug', `Reading goes on after: ${message}`)
      },
    })
    this.watch = new SilenceWatch(this.loop.feeds, parts.edges, () => this.loop.nudge())
    this.started = this.start()
  }

  assign(positions: readonly TopicPartitionOffset[]): void {
    const added: TopicPartitionOffset[] = []
    for (const position of positions) {
      const feed = this.loop.feeds.get(position.topic, position.partition)
      if (feed === undefined) added.push(position)
      else feed.seek(position.offset)
    }
    if (added.length === 0) return
    const feeds = added.map((position) => new Feed(position, position.offset))
    for (const feed of feeds) this.loop.feeds.set(feed)
    void this.whenStarted((consumer) => {
      // Those given back meanwhile never come to the client.
      const wanted = feeds.filter((feed) => this.loop.feeds.get(feed.topic, feed.partition) === feed)
      if (wanted.length === 0) return
      consumer.incrementalAssign(
        wanted.map(({ topic, partition, position }) => ({ topic, partition, offset: position as number })),
      )
      for (const feed of wanted) this.assigned.add(feed)
    })
  }

  unassign(partitions: readonly TopicPartition[]): void {
    const feeds = partitions.flatMap(({ topic, partition }) => this.loop.feeds.get(topic, partition) ?? [])
    this.loop.feeds.delete(feeds)
    void this.whenStarted((consumer) => {
      const known = feeds.filter((feed) => this.assigned.delete(feed))
      if (known.length === 0) return
      consumer.incrementalUnassign(known.map(({ topic, partition }) => ({ topic, partition })))
    })
  }

  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    return this.loop.poll(options.maxWaitMs)
  }

  async startOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    return this.closed === undefined ? this.parts.edges.starts(partitions) : this.loop.poll(0).then(() => [])
  }

  async endOffsets(
    partitions: readonly TopicPartition[],
    isolation: Isolation,
  ): Promise<readonly TopicPartitionOffset[]> {
    return this.closed === undefined ? this.parts.edges.ends(partitions, isolation) : this.loop.poll(0).then(() => [])
  }

  close(): Promise<void> {
    this.closed ??= this.end()
    return this.closed
  }

  /** Feeds that the client knows. */
  private readonly assigned: Set<Feed> = new Set()

  private async whenStarted(act: (consumer: NativeConsumer) => void): Promise<void> {
    if ((await this.started) === undefined) return
    await this.loop.between((consumer) => {
      if (!this.closing.signal.aborted) act(consumer)
    })
  }

  private async start(): Promise<NativeConsumer | undefined> {
    while (!this.closing.signal.aborted) {
      const consumer = this.parts.create()
      forwardLog(consumer, this.parts.log)
      try {
        await connect(consumer, this.parts.connectTimeoutMs)
        this.loop.attach(consumer)
        return consumer
      } catch (thrown) {
        this.parts.log('warn', `A reader is not connected yet: ${failureOf(thrown).message}`)
      }
      await sleep(systemClock, reconnectMs, this.closing.signal)
    }
    return undefined
  }

  private async end(): Promise<void> {
    this.closing.abort()
    const stopped = this.loop.close()
    await this.watch.stop()
    const consumer = await this.started
    await stopped
    await this.loop.close()
    // Only now: a client that is let go of while it is being consumed from takes the process with it.
    if (consumer !== undefined) await called((done) => consumer.disconnect(done))
    this.parts.onClose()
  }
}
