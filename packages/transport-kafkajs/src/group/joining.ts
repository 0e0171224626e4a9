import {
  type AssignmentMember,
  type Assignor,
  describeThrown,
  type GroupOptions,
  StreamError,
  type TopicPartition,
} from '@stream/core/adapter'
import { Backoff, brokerCodes, brokerError, type Cluster, isRetryableCode } from '../connection/index.ts'
import { type JoinAnswer, joinGroup, type MemberIdentity, syncGroup } from '../requests/index.ts'
import type { WireRequest } from '../wire/index.ts'
import {
  type Assignment,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'
import { membershipLane } from './heartbeats.ts'
import { rangeAssignor } from './range-assignor.ts'

/** A membership that was just won. */
export interface Joined {
  readonly member: MemberIdentity
  readonly assignment: Assignment
  /** When the broker had us for sure, monotonic. */
  readonly confirmedMs: number
  /** Partition counts the assignment was made of; undefined where another member made it. */
  readonly counts: ReadonlyMap<string, number> | undefined
}

/** Brings a member into its group: JoinGroup, the assignment where it leads, SyncGroup; again until it holds. */
export class Joining {
  private readonly cluster: Cluster
  private readonly options: GroupOptions
  private readonly assignor: Assignor
  private readonly log: (level: 'debug' | 'info' | 'warn', message: string) => void
  /** Kept over generations, so that the broker knows who comes back. */
  memberId = ''

  constructor(
    cluster: Cluster,
    options: GroupOptions,
    log: (level: 'debug' | 'info' | 'warn', message: string) => void,
  ) {
    this.cluster = cluster
    this.options = options
    this.assignor = options.assignor ?? rangeAssignor
    this.log = log
  }

  /** Undefined when `signal` aborts. Rejects only with what ends the membership for good. */
  async join(
    owned: readonly TopicPartition[],
    ownedGeneration: number,
    signal: AbortSignal,
  ): Promise<Joined | undefined> {
    const backoff = new Backoff()
    while (!signal.aborted) {
      try {
        const joined = await this.attempt(owned, ownedGeneration)
        if (joined !== undefined) return joined
        continue
      } catch (error) {
        if (!StreamError.is(error) || !error.retryable) throw error
        this.cluster.forgetCoordinator('group', this.options.groupId)
        if (!signal.aborted)
          this.log('warn', `Joining ${this.options.groupId} is tried again: ${describeThrown(error)}`)
      }
      await backoff.wait(signal)
    }
    return undefined
  }

  /** Counts the partitions of topics that exist. */
  async countPartitions(topics: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const topic of await this.cluster.refresh(topics)) {
      if (topic.leaders.length > 0) counts.set(topic.name, topic.leaders.length)
    }
    return counts
  }

  /** One round; undefined where it has to be begun again at once. */
  private async attempt(owned: readonly TopicPartition[], ownedGeneration: number): Promise<Joined | undefined> {
    const { groupId, instanceId, topics, userData, sessionTimeoutMs, rebalanceTimeoutMs } = this.options
    const known = instanceId === undefined ? { groupId } : { groupId, instanceId }
    const subscription = encodeSubscription({
      topics,
      owned,
      ownedGeneration,
      userData: userData?.() ?? new Uint8Array(0),
    })
    const answer = await this.send(
      joinGroup({
        member: { ...known, memberId: this.memberId, generation: -1 },
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocol: this.assignor.name,
        subscription,
      }),
    )
    if (answer.error === brokerCodes.memberIdRequired) {
      this.memberId = answer.memberId
      return undefined
    }
    if (this.mustBeginAgain(answer.error, 'join')) return undefined
    this.memberId = answer.memberId
    const member = { ...known, memberId: answer.memberId, generation: answer.generation }
    const isLeader = answer.leader === answer.memberId
    const plan = isLeader ? await this.plan(answer) : undefined
    const sentMs = performance.now()
    const synced = await this.send(syncGroup(member, plan?.assignments ?? new Map(), rebalanceTimeoutMs + 5000))
    if (this.mustBeginAgain(synced.error, 'sync')) return undefined
    const assignment = decodeAssignment(synced.assignment)
    return { member: Object.freeze(member), assignment, confirmedMs: sentMs, counts: plan?.counts }
  }

  private async plan(
    answer: JoinAnswer,
  ): Promise<{ assignments: ReadonlyMap<string, Uint8Array>; counts: ReadonlyMap<string, number> }> {
    const members = answer.members.map(({ memberId, instanceId, subscription }): AssignmentMember => {
      const told = decodeSubscription(subscription)
      return { memberId, ...(instanceId === null ? {} : { instanceId }), ...told }
    })
    const counts = await this.countPartitions([...new Set(members.flatMap((member) => member.topics))])
    let plan: ReturnType<Assignor['assign']>
    try {
      plan = this.assignor.assign({ members, partitions: counts })
    } catch (cause) {
      throw StreamError.from(cause, { code: 'STREAM_INTERNAL', message: `The assignor ${this.assignor.name} failed` })
    }
    const assignments = new Map<string, Uint8Array>()
    for (const [memberId, { partitions, userData }] of plan) {
      assignments.set(memberId, encodeAssignment({ partitions, userData: userData ?? new Uint8Array(0) }))
    }
    return { assignments, counts }
  }

  /** True where the round failed in a way that the next one mends; throws otherwise. */
  private mustBeginAgain(code: number, step: string): boolean {
    switch (code) {
      case brokerCodes.none:
        return false
      case brokerCodes.unknownMember:
        this.memberId = ''
        return true
      case brokerCodes.illegalGeneration:
      case brokerCodes.rebalanceInProgress:
        return true
      default:
        if (isRetryableCode(code)) this.cluster.forgetCoordinator('group', this.options.groupId)
        throw membershipError(code, this.options, `The ${step} of group ${this.options.groupId} failed`)
    }
  }

  private send<T>(request: WireRequest<T>): Promise<T> {
    return this.cluster.sendToCoordinator('group', this.options.groupId, request, membershipLane)
  }
}

/** The error that ends a membership. */
export function membershipError(code: number, options: GroupOptions, what: string): StreamError {
  const place = {
    group: options.groupId,
    ...(options.instanceId === undefined ? {} : { instance: options.instanceId }),
  }
  if (code !== brokerCodes.fencedInstance) return brokerError(code, what, place, { needs: 'Read' })
  return new StreamError({
    code: 'STREAM_FENCED',
    message: `${what}: another worker has taken the instance id ${options.instanceId}; give every worker an id of its own`,
    place: { ...place, brokerCode: code },
  })
}
