import { setMaxListeners } from 'node:events'
import {
  describeThrown,
  type Fetched,
  StreamError,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { Backoff, brokerCodes, brokerError, isRetryableCode, topicMissing } from '../connection/index.ts'
import { positionBehind } from '../records/index.ts'
import { type FetchedPartition, fetch } from '../requests/index.ts'
import { Feed, type Inflated } from './feed.ts'
import type { FetchLoopOptions } from './fetch-loop-options.ts'
import { listLogEdges } from './log-edges.ts'
import { PollSignal } from './poll-signal.ts'
import { hasRoom } from './read-ahead.ts'

/** Connections for fetches to one broker; the control lane stays free for questions. */
const fetchLanes: readonly number[] = [1, 2]

/** How long the second lane lets the broker wait: it serves what became readable while the first one is parked. */
const secondLaneWaitMs = 20

/** How long the brokers may not know a partition before that is an error. */
const missingGraceMs = 3000

/**
 * Reads partitions ahead of the consumer: while it works on one chunk, the next one is being fetched. Per broker there are two lanes;
 * the first waits patiently at the ends of logs, the second keeps a busy, resumed or repositioned partition from waiting with it.
 */
export class FetchLoop {
  private readonly options: FetchLoopOptions
  private readonly feeds: Map<string, Feed> = new Map()
  /** Also of partitions that have no position yet. */
  private readonly paused: Set<string> = new Set()
  private readonly held: Set<string> = new Set()
  private readonly busyLanes: Set<string> = new Set()
  private readonly closing: AbortController = new AbortController()
  private isFindingLeaders = false
  private readonly news: PollSignal = new PollSignal()
  private failure: StreamError | undefined

  constructor(options: FetchLoopOptions) {
    this.options = options
    // Every partition that waits for its broker listens: many are no leak.
    setMaxListeners(0, this.closing.signal)
  }

  /** Reads these from here on; what was fetched of them before is dropped. */
  seek(positions: readonly TopicPartitionOffset[], assignment: number): void {
    for (const start of positions) {
      const key = keyOf(start)
      const feed = new Feed(start, assignment)
      feed.isPaused = this.paused.has(key)
      feed.isHeld = this.held.has(key)
      this.feeds.set(key, feed)
    }
    this.pump()
  }

  forget(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) {
      this.feeds.delete(keyOf(one))
      this.paused.delete(keyOf(one))
      this.held.delete(keyOf(one))
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.paused.add(keyOf(one))
    for (const feed of this.known(partitions)) {
      feed.isPaused = true
      feed.detach()
    }
    this.pump()
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.paused.delete(keyOf(one))
    for (const feed of this.known(partitions)) feed.isPaused = false
    this.pump()
    this.news.notify()
  }

  /** Delivers nothing of these, also of those that have no position yet, until {@link FetchLoop.release}; fetching goes on. */
  hold(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.held.add(keyOf(one))
    for (const feed of this.known(partitions)) feed.isHeld = true
  }

  release(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.held.delete(keyOf(one))
    for (const feed of this.known(partitions)) feed.isHeld = false
    this.news.notify()
  }

  /** Lets the poll under way, or the next one, return at once. */
  wake(): void {
    this.news.wake()
  }

  /** Every poll rejects from now on. */
  fail(error: StreamError): void {
    this.failure ??= error
    this.news.notify()
  }

  close(): void {
    this.closing.abort()
    this.feeds.clear()
    this.fail(new StreamError({ code: 'STREAM_CLOSED', message: 'The consumer is closed' }))
  }

  async poll(maxWaitMs: number): Promise<readonly Fetched[]> {
    const untilMs = performance.now() + maxWaitMs
    for (;;) {
      if (this.failure !== undefined) throw this.failure
      const ready = this.ready()
      if (ready.length > 0) {
        const delivered = this.deliver(ready, await this.inflate(ready))
        this.pump()
        if (delivered.length > 0) return delivered
        continue
      }
      if (!(await this.news.wait(untilMs))) return []
    }
  }

  /** Feeds with something to deliver, within the bytes of one poll; they go to the end of the line. */
  private ready(): Feed[] {
    const ready: Feed[] = []
    let bytes = 0
    for (const feed of this.feeds.values()) {
      if (!feed.isReady) continue
      const size = feed.chunks[0]?.bytes.length ?? 0
      if (ready.length > 0 && bytes + size > this.options.maxPollBytes) break
      bytes += size
      ready.push(feed)
    }
    for (const feed of ready) {
      this.feeds.delete(keyOf(feed))
      this.feeds.set(keyOf(feed), feed)
    }
    return ready
  }

  /** Takes time, and is no promise where nothing is compressed. */
  private inflate(feeds: readonly Feed[]): (Inflated | undefined)[] | Promise<(Inflated | undefined)[]> {
    const inflating = feeds.map((feed) => feed.inflate(this.options.codec))
    if (inflating.every((one) => one === undefined)) return []
    this.pump()
    return Promise.all(inflating)
  }

  /** Meanwhile there may have been a seek or a pause, or a revoke may have begun. */
  private deliver(feeds: readonly Feed[], inflated: readonly (Inflated | undefined)[]): Fetched[] {
    const { isolation, verifyChecksums } = this.options
    return feeds.flatMap((feed, index) => {
      if (this.feeds.get(keyOf(feed)) !== feed || !feed.isReady) return []
      return feed.take(isolation, verifyChecksums, inflated[index]) ?? []
    })
  }

  /** Starts every fetch that can be started now. */
  private pump(): void {
    if (this.closing.signal.aborted) return
    if (!hasRoom([...this.feeds.values()], this.options.maxPollBytes)) return
    const byLeader = new Map<number, Feed[]>()
    let isLeaderless = false
    for (const feed of this.feeds.values()) {
      if (!feed.wantsMore) continue
      const leader = this.options.cluster.leaderOf(feed.topic, feed.partition)
      if (leader === undefined) isLeaderless = true
      else if (byLeader.get(leader)?.push(feed) === undefined) byLeader.set(leader, [feed])
    }
    if (isLeaderless) void this.findLeaders()
    for (const [nodeId, feeds] of byLeader) {
      const lane = fetchLanes.find((number) => !this.busyLanes.has(`${nodeId}/${number}`))
      if (lane !== undefined) void this.fetchOnce(nodeId, lane, feeds)
    }
  }

  private async fetchOnce(nodeId: number, lane: number, feeds: readonly Feed[]): Promise<void> {
    const { cluster, isolation, fetchWaitMs, maxPollBytes: maxBytes, maxPartitionBytes } = this.options
    const busy = `${nodeId}/${lane}`
    this.busyLanes.add(busy)
    for (const feed of feeds) feed.isInFlight = true
    const positions = feeds.map(({ topic, partition, position }) => ({ topic, partition, offset: position }))
    const maxWaitMs = lane === fetchLanes[0] ? fetchWaitMs : Math.min(fetchWaitMs, secondLaneWaitMs)
    const troubled: Feed[] = []
    let isEmpty = true
    try {
      const request = fetch({ positions, isolation, maxWaitMs, maxBytes, maxPartitionBytes })
      const answer = await cluster.sendTo(nodeId, request, lane)
      if (answer.error !== brokerCodes.none) throw brokerError(answer.error, `Fetch from broker ${nodeId}`)
      for (const feed of feeds) feed.isInFlight = false
      const asked = new Map(feeds.map((feed) => [keyOf(feed), feed]))
      for (const part of answer.partitions) {
        const feed = asked.get(keyOf(part))
        if (feed === undefined) continue
        if (this.receive(feed, part)) troubled.push(feed)
        isEmpty &&= part.error === brokerCodes.none && part.records.length === 0
      }
    } catch (error) {
      this.note('A fetch failed and is tried again', error)
      troubled.push(...feeds)
    }
    if (troubled.length > 0) void this.recover(troubled)
    this.busyLanes.delete(busy)
    // Both lanes meet at the ends of logs: what the second one asks for again and again, the first one can wait for.
    const other = `${nodeId}/${fetchLanes[1]}`
    if (!isEmpty || troubled.length > 0 || !this.busyLanes.has(other)) this.pump()
  }

  /** Takes in one partition's part; true where it has to be tried again after a pause. */
  private receive(feed: Feed, part: FetchedPartition): boolean {
    if (this.feeds.get(keyOf(feed)) !== feed) return false
    if (part.error === brokerCodes.none) {
      feed.backoff.reset()
      feed.missingSinceMs = undefined
      const nextOffset = positionBehind(part.records, feed.position)
      if (nextOffset === feed.position && part.records.length > 0) return this.unreadable(feed)
      if (nextOffset === feed.position) return false
      const endOffset = this.options.isolation === 'read_committed' ? part.lastStableOffset : part.highWatermark
      feed.add({ fetchOffset: feed.position, nextOffset, bytes: part.records, aborted: part.aborted, endOffset })
      this.news.notify()
      return false
    }
    if (part.error === brokerCodes.unknownTopicOrPartition) return this.missing(feed)
    if (part.error !== brokerCodes.offsetOutOfRange && isRetryableCode(part.error)) return true
    void this.refuse(feed, part.error)
    return false
  }

  /** A broker sends whole batches (KIP-74), so one without an end has a damaged length, and would be asked for again for ever. */
  private unreadable(feed: Feed): false {
    const { topic, partition, position: offset } = feed
    feed.fail(
      new StreamError({
        code: 'STREAM_RECORD_CORRUPT',
        message: `The batch at offset ${offset} of ${topic}-${partition} cannot be read: its length makes no sense. Seek behind it to go on without it`,
        place: { topic, partition, offset },
      }),
    )
    this.news.notify()
    return false
  }

  private missing(feed: Feed): boolean {
    feed.missingSinceMs ??= performance.now()
    if (performance.now() - feed.missingSinceMs < missingGraceMs) return true
    feed.fail(topicMissing(feed))
    this.news.notify()
    return false
  }

  /** Ends the reading of a partition. Its log's bounds are asked for first, which no other partition waits for. */
  private async refuse(feed: Feed, code: number): Promise<void> {
    const { topic, partition, position: offset } = feed
    if (code !== brokerCodes.offsetOutOfRange) {
      const what = `${topic}-${partition} cannot be read at offset ${offset}`
      feed.fail(brokerError(code, what, { topic, partition, offset }, { needs: 'Read' }))
      this.news.notify()
      return
    }
    feed.isInFlight = true
    const { cluster, isolation } = this.options
    const signal = this.closing.signal
    try {
      const [start] = await listLogEdges(cluster, [feed], 'start', isolation, signal)
      const [end] = await listLogEdges(cluster, [feed], 'end', isolation, signal)
      const place = { topic, partition, offset, logStart: start?.offset, logEnd: end?.offset }
      const what = `Offset ${offset} of ${topic}-${partition} is outside the log, which holds ${start?.offset} to ${end?.offset}`
      feed.fail(brokerError(code, what, place))
      this.news.notify()
      feed.isInFlight = false
    } catch {
      await this.recover([feed])
    }
  }

  /** Only these partitions pause. */
  private async recover(feeds: readonly Feed[]): Promise<void> {
    for (const feed of feeds) feed.isInFlight = true
    await Promise.all(feeds.map((feed) => feed.backoff.wait(this.closing.signal)))
    await this.options.cluster.refresh([...new Set(feeds.map((feed) => feed.topic))]).catch(() => {})
    for (const feed of feeds) feed.isInFlight = false
    this.pump()
  }

  private async findLeaders(): Promise<void> {
    if (this.isFindingLeaders) return
    this.isFindingLeaders = true
    const { cluster } = this.options
    const backoff = new Backoff()
    while (!this.closing.signal.aborted) {
      try {
        const { leaderless } = await cluster.byLeader([...this.feeds.values()].filter((feed) => feed.wantsMore))
        for (const feed of leaderless) {
          const why = cluster.whyLeaderless(feed)
          if (why === brokerCodes.unknownTopicOrPartition) this.missing(feed)
          else if (!isRetryableCode(why)) void this.refuse(feed, why)
        }
        if (leaderless.every((feed) => !feed.wantsMore)) break
        // Those that have a leader by now do not wait for the others.
        this.pump()
      } catch (error) {
        this.note('No leaders yet', error)
      }
      await backoff.wait(this.closing.signal)
    }
    this.isFindingLeaders = false
    this.pump()
  }

  /** A login that is refused will not be taken later: whoever polls is told. */
  private note(what: string, error: unknown): void {
    if (StreamError.is(error, 'STREAM_AUTHENTICATION_FAILED')) this.fail(error)
    else if (!this.closing.signal.aborted) this.options.log('warn', `${what}: ${describeThrown(error)}`)
  }

  private known(partitions: readonly TopicPartition[]): Feed[] {
    return partitions.flatMap((one) => this.feeds.get(keyOf(one)) ?? [])
  }
}

function keyOf(one: TopicPartition): string {
  return `${one.topic}/${one.partition}`
}
