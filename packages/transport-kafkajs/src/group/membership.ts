import {
  describeThrown,
  type GroupListener,
  type GroupOptions,
  StreamError,
  sleep,
  systemClock,
  type TopicPartition,
} from '@stream/core/adapter'
import { brokerCodes, type Cluster } from '../connection/index.ts'
import { leaveGroup } from '../requests/index.ts'
import { Heartbeats } from './heartbeats.ts'
import { type Joined, Joining, membershipError } from './joining.ts'

/** How often the partition counts of the subscribed topics are looked at. */
const watchIntervalMs = 10_000
/** ... and while one of the topics does not exist. */
const watchMissingIntervalMs = 1_000

/** Why a generation ended, the gravest one. */
type Disturbance = 'rebalance' | 'lost' | 'fatal' | 'closing'
const gravity: readonly Disturbance[] = ['rebalance', 'lost', 'fatal', 'closing']

/** What {@link Membership} is made of. */
export interface MembershipOptions {
  readonly cluster: Cluster
  readonly group: GroupOptions
  readonly listener: GroupListener
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/**
 * A member of a classic consumer group (eager): joins, tells the listener, keeps the place by heartbeats that do not depend on
 * anybody's polling, and gives everything up, awaited, before it joins again.
 */
export class Membership {
  private readonly cluster: Cluster
  private readonly group: GroupOptions
  private readonly listener: GroupListener
  private readonly log: MembershipOptions['log']
  private readonly joining: Joining
  private readonly closing: AbortController = new AbortController()
  private readonly finished: Promise<void>
  private owned: readonly TopicPartition[] = []
  /** What the next join tells about the past, so that a sticky assignor can give the same partitions back. */
  private past: { readonly partitions: readonly TopicPartition[]; readonly generation: number }
  private disturbance: Disturbance | undefined
  private disturbedMs = 0
  private onDisturbed: (() => void) | undefined
  private fatal: StreamError | undefined
  private confirmedMs = Number.NEGATIVE_INFINITY
  private leaveOnClose = true

  constructor(options: MembershipOptions) {
    this.cluster = options.cluster
    this.group = options.group
    this.listener = options.listener
    this.log = options.log
    this.joining = new Joining(options.cluster, options.group, options.log)
    this.past = { partitions: [], generation: -1 }
    this.finished = this.run()
  }

  sinceConfirmedMs(): number {
    return performance.now() - this.confirmedMs
  }

  async close(leave: boolean): Promise<void> {
    if (!this.closing.signal.aborted) {
      this.leaveOnClose = leave
      this.closing.abort()
      this.disturb('closing')
    }
    await this.finished
  }

  private async run(): Promise<void> {
    try {
      while (!this.closing.signal.aborted && this.fatal === undefined) await this.generation()
    } catch (cause) {
      this.fatal ??= StreamError.from(cause, { code: 'STREAM_INTERNAL', message: `Group ${this.group.groupId} failed` })
    }
    this.confirmedMs = Number.NEGATIVE_INFINITY
    if (this.fatal !== undefined) {
      this.loseAll()
      const fatal = this.fatal
      this.tell(() => this.listener.onError(fatal))
    }
    if (this.leaveOnClose && this.joining.memberId !== '' && this.fatal?.code !== 'STREAM_FENCED') await this.leave()
  }

  /** From a join to the moment when everything is given up. */
  private async generation(): Promise<void> {
    this.disturbance = undefined
    const joined = await this.joinOrClose()
    if (joined === undefined) return
    this.confirmedMs = joined.confirmedMs
    const { member, assignment } = joined
    const heartbeats = new Heartbeats(
      this.cluster,
      member,
      this.group.heartbeatIntervalMs,
      { confirmed: (atMs) => this.confirm(atMs), disturbed: (code) => this.answered(code) },
      (message) => this.log('warn', message),
    )
    const over = new AbortController()
    void this.watchTopics(joined, over.signal)
    try {
      this.owned = assignment.partitions
      this.past = { partitions: assignment.partitions, generation: member.generation }
      this.log(
        'info',
        `Generation ${member.generation} of ${member.groupId}: ${assignment.partitions.length} partitions`,
      )
      await this.listener.onAssign(
        assignment.partitions,
        member,
        assignment.userData.length > 0 ? assignment.userData : undefined,
      )
      await this.untilDisturbed()
      if (this.disturbance === 'lost' || this.disturbance === 'fatal') this.loseAll()
      else await this.revokeAll()
    } finally {
      over.abort()
      heartbeats.stop()
    }
  }

  /** A join waits for all other members; closing does not wait for it. */
  private async joinOrClose(): Promise<Joined | undefined> {
    const signal = this.closing.signal
    const joining = this.joining.join(this.past.partitions, this.past.generation, signal)
    const over = new AbortController()
    const closed = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal })
    })
    const joined = await Promise.race([joining, closed]).finally(() => over.abort())
    return signal.aborted ? undefined : joined
  }

  private async revokeAll(): Promise<void> {
    if (this.owned.length === 0) return
    const deadlineMs = Math.max(0, this.group.rebalanceTimeoutMs - (performance.now() - this.disturbedMs))
    const over = new AbortController()
    const revoked = this.listener.onRevoke(this.owned, { deadlineMs }).then(
      () => true,
      (error) => {
        this.log('error', `Giving up partitions of ${this.group.groupId} failed: ${describeThrown(error)}`)
        return true
      },
    )
    const expired = sleep(systemClock, deadlineMs, over.signal).then(() => false)
    const isDone = await Promise.race([revoked, expired])
    over.abort()
    if (!isDone) this.loseAll()
    this.owned = []
  }

  private loseAll(): void {
    const lost = this.owned
    this.owned = []
    this.confirmedMs = Number.NEGATIVE_INFINITY
    if (lost.length > 0) this.tell(() => this.listener.onLost(lost))
  }

  /** A listener that throws must not keep the membership from ending in order. */
  private tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.log('error', `A listener of ${this.group.groupId} failed: ${describeThrown(error)}`)
    }
  }

  private confirm(atMs: number): void {
    if (atMs > this.confirmedMs) this.confirmedMs = atMs
  }

  private answered(code: number): void {
    if (code === brokerCodes.rebalanceInProgress) this.disturb('rebalance')
    else if (code === brokerCodes.illegalGeneration) this.disturb('lost')
    else if (code === brokerCodes.unknownMember) {
      this.joining.memberId = ''
      this.disturb('lost')
    } else {
      this.fatal ??= membershipError(code, this.group, `The membership in ${this.group.groupId} ended`)
      this.disturb('fatal')
    }
  }

  private disturb(what: Disturbance): void {
    const before = this.disturbance
    if (before !== undefined && gravity.indexOf(before) >= gravity.indexOf(what)) return
    if (before === undefined) this.disturbedMs = performance.now()
    this.disturbance = what
    this.onDisturbed?.()
  }

  private async untilDisturbed(): Promise<void> {
    if (this.disturbance !== undefined) return
    await new Promise<void>((resolve) => {
      this.onDisturbed = resolve
    })
    this.onDisturbed = undefined
  }

  /** The leader assigns anew when topics appear or grow. Static members look too: a leader that came back is told nothing. */
  private async watchTopics(joined: Joined, over: AbortSignal): Promise<void> {
    if (joined.counts === undefined && this.group.instanceId === undefined) return
    let counts = joined.counts
    while (!over.aborted) {
      const isComplete = counts !== undefined && this.group.topics.every((topic) => counts?.has(topic))
      await sleep(systemClock, isComplete ? watchIntervalMs : watchMissingIntervalMs, over)
      if (over.aborted) return
      try {
        const topics = counts === undefined ? this.group.topics : [...new Set([...counts.keys(), ...this.group.topics])]
        const now = await this.joining.countPartitions(topics)
        if (counts !== undefined && !isEqual(counts, now)) return this.disturb('rebalance')
        counts ??= now
      } catch (error) {
        this.log('debug', `Partition counts could not be compared: ${describeThrown(error)}`)
      }
    }
  }

  private async leave(): Promise<void> {
    const { groupId, instanceId } = this.group
    const member = { groupId, memberId: this.joining.memberId, generation: -1 }
    try {
      const request = leaveGroup(instanceId === undefined ? member : { ...member, instanceId })
      // Not on the members' connection, where a join may be parked.
      await this.cluster.sendToCoordinator('group', groupId, request)
    } catch (error) {
      this.log('debug', `The group ${groupId} was left without a word: ${describeThrown(error)}`)
    }
  }
}

function isEqual(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([topic, count]) => b.get(topic) === count)
}
