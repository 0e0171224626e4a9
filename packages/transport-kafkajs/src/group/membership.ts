import {
  describeThrown,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  StreamError,
  sleep,
  systemClock,
  type TopicPartition,
} from '@stream/core/adapter'
import { brokerCodes, type Cluster } from '../connection/index.ts'
import type { MemberIdentity } from '../requests/index.ts'
import { Changes } from './changes.ts'
import { Heartbeats } from './heartbeats.ts'
import { HeldPartitions } from './held-partitions.ts'
import { type Claims, type Joined, Joining, membershipError } from './joining.ts'
import { leaveTheGroup } from './leaving.ts'
import { ListenerCalls } from './listener-calls.ts'
import { topicsChanged } from './topic-watch.ts'

/** What {@link Membership} is made of. */
export interface MembershipOptions {
  readonly cluster: Cluster
  readonly group: GroupOptions
  readonly listener: GroupListener
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/**
 * A member of a classic consumer group: joins, tells the listener, keeps the place by heartbeats that do not depend on anybody's polling.
 * Under `eager` it gives everything up, awaited, before it joins again; under `cooperative` it goes on with what it owns, gives up, awaited,
 * what the new assignment lacks, and joins once more (KIP-429).
 */
export class Membership {
  private readonly options: MembershipOptions
  private readonly joining: Joining
  private readonly calls: ListenerCalls
  private readonly held: HeldPartitions = new HeldPartitions()
  private readonly closing: AbortController = new AbortController()
  private readonly changes: Changes = new Changes()
  private readonly finished: Promise<void>
  private heartbeats: Heartbeats | undefined
  private watch: AbortController | undefined
  /** What the next join tells about the past, so that a sticky assignor can give the same partitions back. */
  private past: Claims = { partitions: [], generation: -1 }
  private mustRejoin = false
  private isLost = false
  private fatal: StreamError | undefined
  private joinUnderWay: Promise<void> | undefined
  /** When the broker began to wait for us, monotonic. */
  private rebalanceMs: number | undefined
  private confirmedMs = Number.NEGATIVE_INFINITY
  private leaveOnClose = true

  constructor(options: MembershipOptions) {
    this.options = options
    this.calls = new ListenerCalls(options.listener, options.group.groupId, options.log)
    const events = {
      claims: () => ({ ...this.past, partitions: this.isEager ? this.past.partitions : this.held.places }),
      joined: (member: MemberIdentity) => this.joined(member),
      forgotten: () => this.loseAll(),
    }
    this.joining = new Joining(options.cluster, options.group, events, options.log)
    this.finished = this.run()
  }

  sinceConfirmedMs(): number {
    return performance.now() - this.confirmedMs
  }

  /** The handle that stands for this one at the broker, as long as these partitions were owned since it was delivered. */
  shown(handle: GroupHandle, places: readonly TopicPartition[]): GroupHandle {
    return this.held.shown(handle, places)
  }

  /** Whether {@link Membership.shown} is newer than what the broker refused, once a join that is under way has been answered. */
  async hasMoved(handle: GroupHandle, places: readonly TopicPartition[], refused: GroupHandle): Promise<boolean> {
    if (handle.memberId !== this.joining.memberId) return false
    await this.joinUnderWay
    return this.shown(handle, places).generation > refused.generation
  }

  async close(leave: boolean): Promise<void> {
    if (!this.closing.signal.aborted) {
      this.leaveOnClose = leave
      this.closing.abort()
      this.changes.tell()
    }
    await this.finished
  }

  private get isEager(): boolean {
    return this.options.group.rebalance === 'eager'
  }

  private get isOver(): boolean {
    return this.fatal !== undefined || this.closing.signal.aborted
  }

  private async run(): Promise<void> {
    const { group } = this.options
    try {
      while (!this.isOver) await this.round()
      if (this.fatal === undefined) await this.giveUp(this.held.places)
    } catch (cause) {
      this.fatal ??= StreamError.from(cause, { code: 'STREAM_INTERNAL', message: `Group ${group.groupId} failed` })
    }
    this.endGeneration()
    this.confirmedMs = Number.NEGATIVE_INFINITY
    const fatal = this.fatal
    if (fatal !== undefined) {
      this.loseAll()
      this.calls.tell((listener) => listener.onError(fatal))
    }
    if (this.leaveOnClose && fatal?.code !== 'STREAM_FENCED') {
      await leaveTheGroup(this.options.cluster, group, this.joining, this.options.log)
    }
  }

  /** From one assignment to the moment when there has to be another. */
  private async round(): Promise<void> {
    if (this.isEager || this.isLost) await this.giveUp(this.held.places)
    await this.untilIdle()
    if (this.isOver) return
    if (this.isEager) this.endGeneration()
    this.mustRejoin = false
    this.isLost = false
    const joined = await this.joinOrClose()
    if (joined === undefined) return
    await this.takeOver(joined)
    await this.changes.until(() => this.mustRejoin || this.isLost || this.isOver)
  }

  /** A join waits for all other members; closing does not wait for it. */
  private async joinOrClose(): Promise<Joined | undefined> {
    let answered = (): void => {}
    this.joinUnderWay = new Promise((resolve) => {
      answered = resolve
    })
    const joining = this.joining.join(this.closing.signal).finally(() => {
      this.joinUnderWay = undefined
      answered()
    })
    await this.changes.until(() => this.closing.signal.aborted, joining)
    if (!this.closing.signal.aborted) return joining
    joining.catch(() => {})
    return undefined
  }

  private joined(member: MemberIdentity): void {
    if (!this.held.joined(member)) this.loseAll()
  }

  private async takeOver({ member, assignment, confirmedMs, counts }: Joined): Promise<void> {
    const { log } = this.options
    const { partitions, userData, handsOver } = assignment
    this.endGeneration()
    this.confirm(confirmedMs)
    this.rebalanceMs = undefined
    this.beat(member)
    void this.watchTopics(counts)
    const gone = this.held.besides(partitions)
    await this.giveUp(gone)
    await this.untilIdle()
    if (this.isLost || this.isOver) return
    const added = this.held.take(partitions, member.generation)
    this.past = { partitions, generation: member.generation }
    log(
      'info',
      `Generation ${member.generation} of ${member.groupId}: ${partitions.length} partitions, ${added.length} new`,
    )
    await this.assign(added, member, userData)
    if (gone.length > 0 || handsOver) this.mustRejoin = true
  }

  /** While it is being closed, a listener has no longer than for a rebalance, and need not succeed. */
  private async assign(added: readonly TopicPartition[], member: GroupHandle, userData: Uint8Array): Promise<void> {
    const { group, log } = this.options
    const { signal } = this.closing
    const assigned = this.calls.assign(added, member, userData)
    await this.changes.until(() => signal.aborted, assigned)
    if (!signal.aborted) return assigned
    const over = new AbortController()
    const settled = assigned.then(
      () => true,
      (error: unknown) => {
        log('debug', `An assignment of ${group.groupId} came to nothing while it was closed: ${describeThrown(error)}`)
        return true
      },
    )
    const expired = sleep(systemClock, group.rebalanceTimeoutMs, over.signal).then(() => false)
    const isSettled = await Promise.race([settled, expired])
    over.abort()
    if (!isSettled) this.loseAll()
  }

  /** `onRevoke` with its deadline; then the partitions are not this member's any more. */
  private async giveUp(places: readonly TopicPartition[]): Promise<void> {
    if (places.length === 0) return
    if (this.isLost) return this.loseAll()
    const { rebalanceTimeoutMs } = this.options.group
    const waitedMs = this.isEager && this.rebalanceMs !== undefined ? performance.now() - this.rebalanceMs : 0
    const revoked = this.calls.revoke(places, Math.max(0, rebalanceTimeoutMs - waitedMs))
    await this.changes.until(() => this.isLost || this.fatal !== undefined, revoked)
    if (this.isLost || this.fatal !== undefined) return this.loseAll()
    this.held.drop(places)
    if (!(await revoked)) this.calls.tell((listener) => listener.onLost(places))
  }

  private loseAll(): void {
    const lost = this.held.places
    this.held.drop(lost)
    this.confirmedMs = Number.NEGATIVE_INFINITY
    if (lost.length > 0) this.calls.tell((listener) => listener.onLost(lost))
  }

  private beat(member: MemberIdentity): void {
    const { cluster, group, log } = this.options
    this.heartbeats = new Heartbeats(
      cluster,
      member,
      group.heartbeatIntervalMs,
      { confirmed: (atMs) => this.confirm(atMs), disturbed: (code) => this.answered(code) },
      (message) => log('warn', message),
    )
  }

  private endGeneration(): void {
    this.heartbeats?.stop()
    this.heartbeats = undefined
    this.watch?.abort()
  }

  private confirm(atMs: number): void {
    if (atMs > this.confirmedMs) this.confirmedMs = atMs
  }

  /** What a heartbeat was told. While the member joins, the answer to the join decides. */
  private answered(code: number): void {
    if (this.joinUnderWay !== undefined) return
    const { group } = this.options
    if (code === brokerCodes.rebalanceInProgress) {
      this.rebalanceMs ??= performance.now()
      this.mustRejoin = true
    } else if (code === brokerCodes.illegalGeneration) this.isLost = true
    else if (code === brokerCodes.unknownMember) {
      this.joining.memberId = ''
      this.held.forget()
      this.isLost = true
    } else this.fatal ??= membershipError(code, group, `The membership in ${group.groupId} ended`)
    this.changes.tell()
  }

  /** Static members look at the topics, too: a leader that came back is told nothing of its being one. */
  private async watchTopics(counts: Joined['counts']): Promise<void> {
    const { group, log } = this.options
    if (counts === undefined && group.instanceId === undefined) return
    const watch = new AbortController()
    this.watch = watch
    const count = (topics: readonly string[]) => this.joining.countPartitions(topics)
    if (!(await topicsChanged({ topics: group.topics, counts, count, log }, watch.signal))) return
    this.mustRejoin = true
    this.changes.tell()
  }

  /** A listener that missed its deadline could not be told of an assignment yet: others make better use of the partitions. */
  private untilIdle(): Promise<void> {
    const call = this.calls.underWay
    return call === undefined ? Promise.resolve() : this.changes.until(() => this.isOver, call)
  }
}
