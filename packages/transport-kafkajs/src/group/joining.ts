import {
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
import { type SubscribedMember, withoutHandover } from './handover.ts'
import { rangeAssignor } from './range-assignor.ts'

/** A join is parked until all other members have joined, so it has a connection of its own. */
const joinLane = 1

/** What a member says about what it owns, or owned, and since which generation. */
export interface Claims {
  readonly partitions: readonly TopicPartition[]
  readonly generation: number
}

/** What happens on the way into the group. */
export interface JoiningEvents {
  /** Asked anew for every attempt. */
  claims(): Claims
  /** The broker has the member in this generation; its assignment follows. */
  joined(member: MemberIdentity): void
  /** The broker does not know the member any more; it goes on as a new one. */
  forgotten(): void
}

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
  private readonly events: JoiningEvents
  private readonly log: (level: 'debug' | 'info' | 'warn', message: string) => void
  /** Kept over generations, so that the broker knows who comes back. */
  memberId = ''
  /** A JoinGroup went out and was not answered: the broker may have the member without our knowing. */
  isUnanswered = false

  constructor(
    cluster: Cluster,
    options: GroupOptions,
    events: JoiningEvents,
    log: (level: 'debug' | 'info' | 'warn', message: string) => void,
  ) {
    this.cluster = cluster
    this.options = options
    this.assignor = options.assignor ?? rangeAssignor(options.rebalance)
    this.events = events
    this.log = log
  }

  /** Undefined when `signal` aborts. Rejects only with what ends the membership for good. */
  async join(signal: AbortSignal): Promise<Joined | undefined> {
    const backoff = new Backoff()
    while (!signal.aborted) {
      try {
        const joined = await this.attempt()
        if (joined === 'named') continue
        if (joined !== 'again') return joined
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

  /** Counts the partitions of topics that exist. Rejects where one may not be read. */
  async countPartitions(topics: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const { name, error, leaders } of await this.cluster.refresh(topics)) {
      if (error !== brokerCodes.none && !isRetryableCode(error)) {
        throw brokerError(error, `Topic ${name} cannot be read`, { topic: name }, { needs: 'Read' })
      }
      if (leaders.length > 0) counts.set(name, leaders.length)
    }
    return counts
  }

  /** One round; `named` where the member has an id to join with now, `again` where something came in between. */
  private async attempt(): Promise<Joined | 'named' | 'again'> {
    const { groupId, instanceId, rebalanceTimeoutMs } = this.options
    const known = instanceId === undefined ? { groupId } : { groupId, instanceId }
    const answer = await this.askToJoin({ ...known, memberId: this.memberId, generation: -1 })
    if (answer.error === brokerCodes.memberIdRequired) {
      this.memberId = answer.memberId
      return 'named'
    }
    if (this.mustBeginAgain(answer.error, 'join')) return 'again'
    this.memberId = answer.memberId
    const member = Object.freeze({ ...known, memberId: answer.memberId, generation: answer.generation })
    this.events.joined(member)
    const isLeader = answer.leader === answer.memberId
    const plan = isLeader ? await this.plan(answer) : undefined
    const sentMs = performance.now()
    const synced = await this.send(syncGroup(member, plan?.assignments ?? new Map(), rebalanceTimeoutMs + 5000))
    if (this.mustBeginAgain(synced.error, 'sync')) return 'again'
    return { member, assignment: decodeAssignment(synced.assignment), confirmedMs: sentMs, counts: plan?.counts }
  }

  private async askToJoin(member: MemberIdentity): Promise<JoinAnswer> {
    const { topics, userData, sessionTimeoutMs, rebalanceTimeoutMs, rebalance } = this.options
    const { partitions, generation } = this.events.claims()
    const subscription = encodeSubscription({
      topics,
      owned: partitions,
      ownedGeneration: generation,
      keepsOwned: rebalance === 'cooperative',
      userData: userData?.() ?? new Uint8Array(0),
    })
    const { name: protocol } = this.assignor
    this.isUnanswered = true
    const answer = await this.send(joinGroup({ member, sessionTimeoutMs, rebalanceTimeoutMs, protocol, subscription }))
    this.isUnanswered = false
    return answer
  }

  private async plan(
    answer: JoinAnswer,
  ): Promise<{ assignments: ReadonlyMap<string, Uint8Array>; counts: ReadonlyMap<string, number> }> {
    const members = answer.members.map(({ memberId, instanceId, subscription }): SubscribedMember => {
      const told = decodeSubscription(subscription)
      return { memberId, ...(instanceId === null ? {} : { instanceId }), ...told }
    })
    const counts = await this.countPartitions([...new Set(members.flatMap((member) => member.topics))])
    const assignments = new Map<string, Uint8Array>()
    for (const [memberId, { partitions, userData, handsOver }] of withoutHandover(
      members,
      this.assign(members, counts),
    )) {
      const told = { partitions, userData: userData ?? new Uint8Array(0), handsOver }
      assignments.set(memberId, encodeAssignment(told))
    }
    return { assignments, counts }
  }

  private assign(
    members: readonly SubscribedMember[],
    partitions: ReadonlyMap<string, number>,
  ): ReturnType<Assignor['assign']> {
    try {
      return this.assignor.assign({ members, partitions })
    } catch (cause) {
      throw StreamError.from(cause, { code: 'STREAM_INTERNAL', message: `The assignor ${this.assignor.name} failed` })
    }
  }

  /** True where the round failed in a way that the next one mends; throws otherwise. */
  private mustBeginAgain(code: number, step: string): boolean {
    switch (code) {
      case brokerCodes.none:
        return false
      case brokerCodes.unknownMember:
        this.memberId = ''
        this.events.forgotten()
        return true
      case brokerCodes.illegalGeneration:
      case brokerCodes.rebalanceInProgress:
        return true
      default:
        throw membershipError(code, this.options, `The ${step} of group ${this.options.groupId} failed`)
    }
  }

  private send<T>(request: WireRequest<T>): Promise<T> {
    return this.cluster.sendToCoordinator('group', this.options.groupId, request, joinLane)
  }
}

/** The error that ends a membership, unless it is retryable. */
export function membershipError(code: number, options: GroupOptions, what: string): StreamError {
  const { groupId, instanceId } = options
  const place = { group: groupId, ...(instanceId === undefined ? {} : { instance: instanceId }) }
  if (code === brokerCodes.fencedInstance) {
    return new StreamError({
      code: 'STREAM_FENCED',
      message: `${what}: another worker has taken the instance id ${instanceId}; give every worker an id of its own`,
      place: { ...place, brokerCode: code },
    })
  }
  if (code === brokerCodes.inconsistentProtocol) {
    return new StreamError({
      code: 'STREAM_BROKER_REFUSED',
      message: `${what}: its members assign partitions in another way, so that they are another program, or another version of this one; give this app an id of its own, or stop the others first`,
      place: { ...place, brokerCode: code },
    })
  }
  return brokerError(code, what, place, { needs: 'Read' })
}
