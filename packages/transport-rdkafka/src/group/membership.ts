import {
  describeThrown,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  StreamError,
  sleep,
  systemClock,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { type ConsumeLoop, Feed, logicalEnd } from '../consume/index.ts'
import {
  type ClientFailure,
  codes,
  failureOf,
  isFencing,
  type LogLine,
  type NativeConsumer,
  turnsOfTheLoop,
} from '../native/index.ts'
import { readGroupLine } from './group-log.ts'
import { Lease } from './lease.ts'
import type { Member, Members } from './members.ts'

/** What {@link Membership} is made of. */
export interface MembershipParts {
  readonly consumer: NativeConsumer
  readonly group: GroupOptions
  readonly listener: GroupListener
  readonly loop: ConsumeLoop
  readonly members: Members
  readonly byText: ReadonlyMap<string, number>
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

interface Owned extends TopicPartition {
  /** The generation it was taken on in. */
  readonly since: number
}

const leaveWaitMs = 2000

/**
 * A member of a classic group. librdkafka joins and sends heartbeats by itself; it waits with a rebalance until it is told that partitions
 * were taken on or given up, and that is said only when the listener is done. So no other generation can begin under a task's feet.
 */
export class Membership implements Member {
  readonly consumer: NativeConsumer
  readonly staysOwner: boolean
  private readonly parts: MembershipParts
  private readonly lease: Lease
  private turn: Promise<void> = Promise.resolve()
  private owned: readonly Owned[] = []
  private handle: GroupHandle | undefined
  /** As librdkafka has them, which may be ahead of what has been delivered. */
  private memberId = ''
  private generation = -1
  private isLost = false
  private isLossTold = false
  private isInCall = false
  private isClosing = false
  private fatal: StreamError | undefined
  private holds = 0
  private onJoined: (() => void)[] = []
  private onReleased: (() => void) | undefined
  private onLeft: (() => void) | undefined
  private onLoss: (() => void) | undefined

  constructor(parts: MembershipParts) {
    this.parts = parts
    this.consumer = parts.consumer
    this.staysOwner = parts.group.rebalance === 'cooperative'
    this.lease = new Lease(parts.group.heartbeatIntervalMs)
    parts.consumer.on('event.log', (line: LogLine) => this.read(line))
  }

  /** The generation of the latest assignment. */
  get assignment(): number {
    return this.handle?.generation ?? 0
  }

  /** The generation a partition was taken on in; no generation is as late where it is not owned. */
  private ownedSince({ topic, partition }: TopicPartition): number {
    const owned = this.owned.find((one) => one.topic === topic && one.partition === partition)
    return owned?.since ?? Number.POSITIVE_INFINITY
  }

  isCurrent(handle: GroupHandle, offsets: readonly TopicPartitionOffset[]): boolean {
    const { handle: own } = this
    if (own === undefined || this.isLost || this.memberId !== handle.memberId || own.groupId !== handle.groupId)
      return false
    // Under cooperative rebalancing a generation passes without a word to partitions that stay.
    if (this.staysOwner) return offsets.every((one) => this.ownedSince(one) <= handle.generation)
    return own.generation === handle.generation
  }

  async nextGeneration(): Promise<void> {
    const over = new AbortController()
    const joined = new Promise<void>((resolve) => {
      this.onJoined.push(resolve)
    })
    await Promise.race([joined, sleep(systemClock, this.parts.group.heartbeatIntervalMs, over.signal)])
    over.abort()
  }

  hold(): () => void {
    this.holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.holds--
      if (this.holds === 0) this.onReleased?.()
    }
  }

  sinceConfirmedMs(): number {
    return this.isLost || this.handle === undefined ? Number.POSITIVE_INFINITY : this.lease.sinceMs()
  }

  /** For the client's `rebalance_cb`: librdkafka waits until it is told what was made of it. */
  rebalance(failure: ClientFailure | undefined, partitions: readonly TopicPartition[]): void {
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }))
    this.turn = this.turn
      .then(async () => {
        // Lines of the log that belong to it may be told behind it.
        await turnsOfTheLoop()
        if (failure?.code === codes.assignPartitions) await this.takeOn(places)
        else await this.giveUp(places)
      })
      .catch((error) => {
        this.end(
          StreamError.from(error, { code: 'STREAM_INTERNAL', message: `Group ${this.parts.group.groupId} failed` }),
        )
      })
  }

  /** A failure of consuming; true where it is the group's. */
  consumingFailed(failure: ClientFailure): boolean {
    const { groupId } = this.parts.group
    if (failure.code === codes.fatal) {
      // The reason is in the log.
      void turnsOfTheLoop().then(() =>
        this.end(
          new StreamError({
            code: 'STREAM_BROKER_REFUSED',
            message: `The membership in ${groupId} ended: ${failure.message}`,
          }),
        ),
      )
      return true
    }
    if (failure.code === codes.groupAuthorizationFailed) {
      const message = `The membership in ${groupId} ended: ${failure.message}; grant the principal what it lacks`
      this.end(new StreamError({ code: 'STREAM_AUTHORIZATION_FAILED', message }))
      return true
    }
    return false
  }

  async close(leave: boolean): Promise<void> {
    this.isClosing = true
    await this.turn
    const isStatic = this.parts.group.instanceId !== undefined
    if (this.fatal === undefined && (leave || !isStatic)) await this.leave()
    else if (this.fatal === undefined && this.owned.length > 0) await this.revoke(plain(this.owned))
    this.drop(this.owned)
    this.owned = []
    this.lease.over()
    this.lease.stop()
    this.parts.members.leave(this)
    this.memberId = ''
  }

  private async leave(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.onLeft = resolve
    })
    const wasMember = this.memberId !== ''
    this.consumer.unsubscribe()
    const over = new AbortController()
    const { rebalanceTimeoutMs } = this.parts.group
    if (wasMember) {
      const limitMs = leaveWaitMs + (this.owned.length > 0 ? rebalanceTimeoutMs : 0)
      await Promise.race([left, sleep(systemClock, limitMs, over.signal)])
    }
    over.abort()
    await this.turn
  }

  private async takeOn(partitions: readonly TopicPartition[]): Promise<void> {
    const { group, listener, loop, members } = this.parts
    const isCooperative = group.rebalance === 'cooperative'
    if (this.memberId === '' && !this.isLost) {
      throw new StreamError({
        code: 'STREAM_ADAPTER_INCOMPATIBLE',
        message: `librdkafka assigned partitions of ${group.groupId} without telling its member id: its log is worded otherwise than this package knows`,
      })
    }
    const { groupId, instanceId } = group
    const { memberId, generation } = this
    this.handle = { groupId, memberId, generation, ...(instanceId === undefined ? {} : { instanceId }) }
    this.isLost = false
    this.isLossTold = false
    members.leave(this)
    members.enter(memberId, this)
    const taken = partitions.map((place) => ({ ...place, since: generation }))
    this.owned = isCooperative ? [...this.owned, ...taken] : taken
    const feeds = partitions.map((place) => new Feed(place))
    for (const feed of feeds) {
      feed.isHeld = true
      loop.feeds.set(feed)
    }
    this.parts.log('info', `Generation ${generation} of ${groupId}: ${partitions.length} partitions to take on`)
    loop.wake()
    if (!this.isClosing) await this.call('taking on', () => listener.onAssign(partitions, this.handle as GroupHandle))
    await loop.between((consumer) => {
      const positions = feeds.map(({ topic, partition, position }) => ({
        topic,
        partition,
        offset: position ?? logicalEnd,
      }))
      if (isCooperative) consumer.incrementalAssign(positions)
      else consumer.assign(positions)
      for (const feed of feeds) {
        // What the assignment began with needs no seek.
        if (feed.position !== undefined) feed.isSeekDue = false
        feed.isHeld = false
      }
    })
    if (this.isLost) this.tellLoss()
    loop.wake()
  }

  private async giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    const { group, loop } = this.parts
    const isCooperative = group.rebalance === 'cooperative'
    const places =
      isCooperative && !this.isLost
        ? partitions.filter((place) => this.ownedSince(place) < Number.POSITIVE_INFINITY)
        : this.owned
    if (this.isLost) this.tellLoss()
    else if (places.length > 0) await this.revoke(plain(places))
    await this.untilReleased()
    this.drop(places)
    await loop.between((consumer) => {
      try {
        if (consumer.rebalanceProtocol() === 'COOPERATIVE') consumer.incrementalUnassign(partitions)
        else consumer.unassign()
      } catch (error) {
        this.parts.log('debug', `Giving partitions of ${group.groupId} back: ${describeThrown(error)}`)
      }
    })
    loop.wake()
  }

  /** Tells the listener, and waits for it as long as the broker does. */
  private async revoke(places: readonly TopicPartition[]): Promise<void> {
    const { group, listener, loop } = this.parts
    const deadlineMs = Math.max(1, group.rebalanceTimeoutMs - group.heartbeatIntervalMs)
    for (const { topic, partition } of places) {
      const feed = loop.feeds.get(topic, partition)
      if (feed !== undefined) feed.isHeld = true
    }
    loop.wake()
    const over = new AbortController()
    const lost = new Promise<void>((resolve) => {
      this.onLoss = resolve
    })
    const revoked = this.call('giving up', () => listener.onRevoke(places, { deadlineMs })).then(() => true)
    const expired = sleep(systemClock, deadlineMs, over.signal).then(() => false)
    const isDone = await Promise.race([revoked, expired, lost.then(() => false)])
    over.abort()
    this.onLoss = undefined
    if (!isDone) {
      this.isLost = true
      this.lease.over()
      this.isInCall = false
      this.tellLoss()
    }
  }

  private drop(places: readonly TopicPartition[]): void {
    const gone = new Set(places.map(({ topic, partition }) => `${topic}/${partition}`))
    this.owned = this.owned.filter(({ topic, partition }) => !gone.has(`${topic}/${partition}`))
    this.parts.loop.feeds.delete(places)
    if (this.owned.length === 0 && this.parts.group.rebalance === 'eager') this.handle = undefined
  }

  private async untilReleased(): Promise<void> {
    while (this.holds > 0) {
      await new Promise<void>((resolve) => {
        this.onReleased = resolve
      })
    }
  }

  private tellLoss(): void {
    const { owned } = this
    if (this.isLossTold || this.isInCall) return
    this.isLossTold = true
    this.owned = []
    this.parts.loop.feeds.delete(owned)
    this.handle = undefined
    this.parts.loop.wake()
    if (owned.length === 0) return
    try {
      this.parts.listener.onLost(plain(owned))
    } catch (error) {
      this.parts.log('error', `A listener of ${this.parts.group.groupId} failed: ${describeThrown(error)}`)
    }
  }

  /** A listener that fails must not keep the membership from going on in order. */
  private async call(what: string, act: () => Promise<void>): Promise<void> {
    this.isInCall = true
    try {
      await act()
    } catch (error) {
      this.parts.log('error', `${what} partitions of ${this.parts.group.groupId} failed: ${describeThrown(error)}`)
    } finally {
      this.isInCall = false
    }
  }

  private read(line: LogLine): void {
    const news = readGroupLine(line)
    switch (news?.kind) {
      case 'member':
        this.memberId = news.memberId
        if (news.memberId === '') this.lost()
        break
      case 'joined':
        this.memberId = news.memberId
        this.generation = news.generation
        this.lease.confirmed()
        for (const tell of this.onJoined.splice(0)) tell()
        break
      case 'synced':
        this.lease.confirmed()
        break
      case 'heartbeat sent':
        this.lease.heartbeatSent()
        break
      case 'heartbeat failed':
        this.lease.heartbeatFailed()
        break
      case 'lost':
        this.lost()
        break
      case 'left':
        this.onLeft?.()
        break
      case 'fatal':
        this.end(this.fatalError(news.reason))
        break
      default:
    }
  }

  private lost(): void {
    this.lease.over()
    if (this.handle === undefined || this.isClosing) return
    this.isLost = true
    this.onLoss?.()
    this.tellLoss()
  }

  private fatalError(reason: string): StreamError {
    const { groupId, instanceId } = this.parts.group
    const code = [...this.parts.byText].find(([text]) => reason.toLowerCase().startsWith(text))?.[1] ?? Number.NaN
    const remedy = code === codes.fencedInstance ? `; another member has the instance id ${instanceId}` : ''
    return new StreamError({
      code: isFencing(code) ? 'STREAM_FENCED' : 'STREAM_BROKER_REFUSED',
      message: `The membership in ${groupId} ended: ${reason}${remedy}`,
      place: Number.isNaN(code) ? {} : { clientCode: code },
    })
  }

  /** For good. */
  private end(error: StreamError): void {
    if (this.fatal !== undefined || this.isClosing) return
    this.fatal = error
    this.isLost = true
    this.lease.over()
    this.onLoss?.()
    this.tellLoss()
    this.parts.loop.fail(error)
    this.parts.listener.onError(error)
  }
}

function plain(owned: readonly TopicPartition[]): readonly TopicPartition[] {
  return owned.map(({ topic, partition }) => ({ topic, partition }))
}

/** What librdkafka says in place of an error. */
export function rebalanceFailure(thrown: unknown): ClientFailure | undefined {
  return thrown === undefined ? undefined : failureOf(thrown)
}
