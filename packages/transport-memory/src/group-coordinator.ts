import type { AssignmentMember, Clock, GroupHandle, Timer } from '@stream/core/adapter'
import type { BrokerTimers } from './broker-timers.ts'
import {
  describeMember,
  type GroupMember,
  type GroupRefusal,
  type JoinAnswer,
  type JoinRequest,
  type SyncAnswer,
} from './group-member.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { PlannedAssignment } from './handover.ts'

const noAssignment: PlannedAssignment = { partitions: [] }

/** Kafka's states of a classic group. */
type GroupState = 'empty' | 'preparing' | 'completing' | 'stable'

/**
 * The coordinator of one consumer group, with the states and the refusals of Kafka's classic protocol: join, sync, heartbeat, leave,
 * static members (KIP-345) and fencing of commits by member and generation (KIP-447).
 */
export class GroupCoordinator {
  readonly groupId: string
  readonly offsets: GroupOffsets = new GroupOffsets()
  generation: number
  /** Since when the group has no members, by the clock of the wall; undefined while it has some. */
  emptySinceMs: number | undefined
  #state: GroupState = 'empty'
  #protocol: string | undefined
  #leaderId: string | undefined
  #rebalanceTimer: Timer | undefined
  /** Members of this generation that have not asked for their assignment yet. */
  readonly #unsynced: Set<string> = new Set()
  #syncTimer: Timer | undefined
  #stableWaiters: (() => void)[] = []
  readonly #members: Map<string, GroupMember> = new Map()
  /** Instance id to member id. */
  readonly #instances: Map<string, string> = new Map()
  readonly #clock: Clock
  readonly #timers: BrokerTimers

  constructor(groupId: string, generation: number, clock: Clock, timers: BrokerTimers) {
    this.groupId = groupId
    this.generation = generation
    this.emptySinceMs = clock.now()
    this.#clock = clock
    this.#timers = timers
  }

  get state(): GroupState {
    return this.#state
  }

  get memberIds(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** What each member has joined with. */
  get userData(): readonly Uint8Array[] {
    return Array.from(this.#members.values(), ({ request }) => request.userData)
  }

  /** Resolves when the next generation is known to all its members. */
  join(request: JoinRequest): Promise<JoinAnswer> {
    const { memberId, instanceId } = request
    if (this.#members.size > 0 && this.#protocol !== request.protocol) {
      return Promise.resolve({ refusal: 'inconsistent_protocol' })
    }
    if (instanceId !== undefined) {
      const holder = this.#instances.get(instanceId)
      if (holder !== undefined && holder !== memberId) {
        if (request.ownedGeneration >= 0) return Promise.resolve({ refusal: 'fenced_instance' })
        const kept = this.#replaceInstance(holder, request)
        if (kept !== undefined) return Promise.resolve(kept)
      }
    }
    let member = this.#members.get(memberId)
    if (member === undefined) {
      if (request.ownedGeneration >= 0) return Promise.resolve({ refusal: 'unknown_member' })
      member = this.#admit(request)
    }
    member.request = request
    return this.#awaitOthers(member)
  }

  /** Resolves with the member's assignment when the leader has brought it. `plan` comes from the leader. */
  sync(
    { memberId, generation, instanceId }: GroupHandle,
    plan: ReadonlyMap<string, PlannedAssignment> | undefined,
  ): Promise<SyncAnswer> {
    const member = this.#find(memberId, instanceId)
    if (typeof member === 'string') return Promise.resolve({ refusal: member })
    if (generation !== this.generation) return Promise.resolve({ refusal: 'illegal_generation' })
    if (this.#state === 'preparing') return Promise.resolve({ refusal: 'rebalance_in_progress' })
    this.#seen(member)
    this.#unsynced.delete(memberId)
    if (this.#state === 'stable') return Promise.resolve({ assignment: member.assignment })
    const answer = new Promise<SyncAnswer>((resolve) => {
      member.pendingSync = resolve
    })
    if (plan !== undefined && memberId === this.#leaderId) this.#distribute(plan)
    return answer
  }

  /** Keeps the member alive; a refusal tells it to rejoin, or that it is out. */
  heartbeat({ memberId, generation, instanceId }: GroupHandle): GroupRefusal | undefined {
    const member = this.#find(memberId, instanceId)
    if (typeof member === 'string') return member
    if (generation !== this.generation) return 'illegal_generation'
    this.#seen(member)
    return this.#state === 'preparing' ? 'rebalance_in_progress' : undefined
  }

  leave(memberId: string): void {
    if (this.#members.has(memberId)) this.#remove(memberId)
  }

  /** Why a commit under this handle is refused; `transactional` ones are taken while the leader assigns, too. */
  checkCommit(handle: GroupHandle, transactional: boolean): GroupRefusal | undefined {
    const { memberId, generation, instanceId } = handle
    const member = this.#find(memberId, instanceId)
    if (typeof member === 'string') return member
    if (generation !== this.generation) return 'illegal_generation'
    return !transactional && this.#state === 'completing' ? 'rebalance_in_progress' : undefined
  }

  /** A commit that was taken shows that the member is alive, as a heartbeat does; one in a transaction does not. */
  committed(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member !== undefined) this.#seen(member)
  }

  /** Resolves when the group is not between two assignments any more. */
  settled(): Promise<void> {
    if (this.#state !== 'completing') return Promise.resolve()
    return new Promise((resolve) => this.#stableWaiters.push(resolve))
  }

  /** A topic was created or removed: those who want it are to be assigned anew. */
  topicChanged(topic: string): void {
    if (this.#state === 'empty' || this.#state === 'preparing') return
    if ([...this.#members.values()].some((member) => member.request.topics.includes(topic))) this.#prepare()
  }

  /** Committed offsets of a group that has had no members for that long go (KIP-211). */
  expireOffsets(now: number, retentionMs: number): void {
    if (this.emptySinceMs !== undefined && now - this.emptySinceMs >= retentionMs) this.offsets.expire()
  }

  /** A coordinator that comes back gives every member a fresh session. */
  renewSessions(): void {
    for (const member of this.#members.values()) this.#seen(member)
  }

  /** The member under this id, unless another process has taken its instance id, or it is gone. */
  #find(memberId: string, instanceId: string | undefined): GroupMember | GroupRefusal {
    if (instanceId !== undefined) {
      const holder = this.#instances.get(instanceId)
      if (holder !== undefined && holder !== memberId) return 'fenced_instance'
    }
    return this.#members.get(memberId) ?? 'unknown_member'
  }

  #admit(request: JoinRequest): GroupMember {
    const member: GroupMember = {
      request,
      assignment: noAssignment,
      pendingJoin: undefined,
      pendingSync: undefined,
      lastSeenMs: this.#clock.monotonicMs(),
      sessionTimer: undefined,
    }
    this.#protocol = request.protocol
    this.emptySinceMs = undefined
    this.#members.set(request.memberId, member)
    if (request.instanceId !== undefined) this.#instances.set(request.instanceId, request.memberId)
    this.#leaderId ??= request.memberId
    this.#watchSession(member)
    return member
  }

  /**
   * A process comes back under an instance id that is still in the group: it takes the member's place. The answer is there at once
   * when nothing has to be assigned anew.
   */
  #replaceInstance(holderId: string, request: JoinRequest): JoinAnswer | undefined {
    const member = this.#members.get(holderId) as GroupMember
    const sameTopics = member.request.topics.join('\n') === request.topics.join('\n')
    member.pendingJoin?.({ refusal: 'fenced_instance' })
    member.pendingSync?.({ refusal: 'fenced_instance' })
    member.pendingJoin = undefined
    member.pendingSync = undefined
    this.#members.delete(holderId)
    this.#unsynced.delete(holderId)
    this.#members.set(request.memberId, member)
    this.#instances.set(request.instanceId as string, request.memberId)
    const nudgeFormer = member.request.nudge
    member.request = request
    if (this.#leaderId === holderId) this.#leaderId = request.memberId
    this.#seen(member)
    nudgeFormer()
    if (this.#state !== 'stable' || !sameTopics) return undefined
    return { generation: this.generation, members: undefined }
  }

  #awaitOthers(member: GroupMember): Promise<JoinAnswer> {
    member.pendingJoin?.({ refusal: 'rebalance_in_progress' })
    const answer = new Promise<JoinAnswer>((resolve) => {
      member.pendingJoin = resolve
    })
    if (this.#state !== 'preparing') this.#prepare()
    this.#completeIfAllJoined()
    return answer
  }

  #prepare(): void {
    this.#state = 'preparing'
    let timeoutMs = 0
    for (const member of this.#members.values()) {
      member.pendingSync?.({ refusal: 'rebalance_in_progress' })
      member.pendingSync = undefined
      timeoutMs = Math.max(timeoutMs, member.request.rebalanceTimeoutMs)
    }
    this.#rebalanceTimer?.cancel()
    this.#syncTimer?.cancel()
    this.#rebalanceTimer = this.#timers.after(timeoutMs, () => this.#joinDeadline())
    this.#wakeStableWaiters()
    for (const member of [...this.#members.values()]) if (member.pendingJoin === undefined) member.request.nudge()
  }

  #completeIfAllJoined(): void {
    if (this.#state !== 'preparing') return
    for (const member of this.#members.values()) if (member.pendingJoin === undefined) return
    this.#completeJoin()
  }

  /** The rebalance timeout is over: who has not joined is out, except static members, whose session decides. */
  #joinDeadline(): void {
    if (this.#state !== 'preparing') return
    let hasJoined = false
    for (const [memberId, member] of [...this.#members]) {
      if (member.pendingJoin !== undefined) hasJoined = true
      else if (member.request.instanceId === undefined) this.#forget(memberId)
    }
    if (this.#members.size > 0 && !hasJoined) this.#prepare()
    else this.#completeJoin()
  }

  #completeJoin(): void {
    this.#rebalanceTimer?.cancel()
    this.generation += 1
    if (this.#members.size === 0) {
      this.#syncTimer?.cancel()
      this.#state = 'empty'
      this.emptySinceMs = this.#clock.now()
      this.#protocol = undefined
      this.#leaderId = undefined
      return
    }
    this.#state = 'completing'
    if (this.#members.get(this.#leaderId ?? '')?.pendingJoin === undefined) {
      this.#leaderId = [...this.#members].find(([, member]) => member.pendingJoin !== undefined)?.[0]
    }
    this.#awaitSyncs()
    const everyone: AssignmentMember[] = [...this.#members.values()].map(describeMember)
    for (const [memberId, member] of this.#members) {
      const answer = member.pendingJoin
      member.pendingJoin = undefined
      if (answer === undefined) continue
      this.#seen(member)
      answer({ generation: this.generation, members: memberId === this.#leaderId ? everyone : undefined })
    }
  }

  /** A member that joined and never asks for its assignment is out after the rebalance timeout, however alive it is (KAFKA-9752). */
  #awaitSyncs(): void {
    this.#unsynced.clear()
    let timeoutMs = 0
    for (const [memberId, { request, pendingJoin }] of this.#members) {
      timeoutMs = Math.max(timeoutMs, request.rebalanceTimeoutMs)
      if (pendingJoin !== undefined) this.#unsynced.add(memberId)
    }
    this.#syncTimer?.cancel()
    this.#syncTimer = this.#timers.after(timeoutMs, () => {
      for (const memberId of [...this.#unsynced]) if (this.#members.has(memberId)) this.#remove(memberId)
    })
  }

  #distribute(plan: ReadonlyMap<string, PlannedAssignment>): void {
    for (const [memberId, member] of this.#members) member.assignment = plan.get(memberId) ?? noAssignment
    this.#state = 'stable'
    this.#wakeStableWaiters()
    for (const member of this.#members.values()) {
      const answer = member.pendingSync
      member.pendingSync = undefined
      answer?.({ assignment: member.assignment })
    }
  }

  #wakeStableWaiters(): void {
    for (const resolve of this.#stableWaiters.splice(0)) resolve()
  }

  #remove(memberId: string): void {
    this.#forget(memberId)
    if (this.#state === 'preparing') this.#completeIfAllJoined()
    else this.#prepare()
    if (this.#members.size === 0 && this.#state === 'preparing') this.#completeJoin()
  }

  #forget(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#members.delete(memberId)
    this.#unsynced.delete(memberId)
    member.sessionTimer?.cancel()
    member.pendingJoin?.({ refusal: 'unknown_member' })
    member.pendingSync?.({ refusal: 'unknown_member' })
    const { instanceId } = member.request
    if (instanceId !== undefined && this.#instances.get(instanceId) === memberId) this.#instances.delete(instanceId)
    if (this.#leaderId === memberId) this.#leaderId = this.#members.keys().next().value
  }

  #seen(member: GroupMember): void {
    member.lastSeenMs = this.#clock.monotonicMs()
  }

  #watchSession(member: GroupMember): void {
    const { sessionTimeoutMs } = member.request
    const leftMs = member.lastSeenMs + sessionTimeoutMs - this.#clock.monotonicMs()
    if (leftMs <= 0 && member.pendingJoin === undefined && member.pendingSync === undefined) {
      this.#remove(member.request.memberId)
      return
    }
    // A member whose join or sync waits for others is alive as far as the broker knows.
    member.sessionTimer = this.#timers.after(leftMs <= 0 ? sessionTimeoutMs : leftMs, () => this.#watchSession(member))
  }
}
