import {
  type Assignor,
  type GroupHandle,
  type GroupOptions,
  StreamError,
  type TopicPartition,
} from '@stream/core/adapter'
import { planAssignment } from './assignment-plan.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { GroupRefusal, JoinRequest } from './group-member.ts'
import type { PlannedAssignment } from './handover.ts'
import { Heartbeats } from './heartbeats.ts'
import type { Link } from './link.ts'
import { rangeAssignor } from './range-assignor.ts'

const nothing = new Uint8Array(0)

/** How one round of join and sync ended; `undefined`: the member is closed meanwhile. */
export type Round =
  | { readonly refusal: GroupRefusal }
  | { readonly refusal?: never; readonly handle: GroupHandle; readonly assignment: PlannedAssignment }
  | undefined

/** A member's conversation with the coordinator of its group: join, sync, heartbeat, leave. It knows nothing of what it owns. */
export class GroupSession {
  readonly #link: Link
  readonly #options: GroupOptions
  readonly #assignor: Assignor
  readonly #onRefused: (refusal: GroupRefusal) => void
  readonly heartbeats: Heartbeats
  #memberId: string | undefined
  #generation = -1
  #isJoining = false
  #isClosing = false
  #stopWaiting: () => void = () => {}
  readonly #closing: Promise<undefined> = new Promise((resolve) => {
    this.#stopWaiting = () => resolve(undefined)
  })

  /** @param onRefused what a heartbeat was told, between two rounds */
  constructor(link: Link, options: GroupOptions, onRefused: (refusal: GroupRefusal) => void) {
    this.#link = link
    this.#options = options
    this.#assignor = options.assignor ?? rangeAssignor
    this.#onRefused = onRefused
    const { groupId, heartbeatIntervalMs } = options
    const detail = (): { groupId: string; memberId: string } => ({ groupId, memberId: this.#memberId ?? '' })
    this.heartbeats = new Heartbeats(link, heartbeatIntervalMs, detail, () => this.#sendHeartbeat())
  }

  /** The newest generation the broker told; may be ahead of what the listener has heard of. */
  get generation(): number {
    return this.#generation
  }

  /** Name of the assignor and of the way to rebalance, which all members have in common. */
  get protocol(): string {
    return `${this.#options.rebalance}:${this.#assignor.name}`
  }

  /** Resolves when the session is to be closed. */
  get closing(): Promise<undefined> {
    return this.#closing
  }

  /** Joins with what it owns, and gets what it is to own. */
  async round(owned: readonly TopicPartition[]): Promise<Round> {
    this.#isJoining = true
    try {
      await this.#unlessClosing(this.#reach('join'))
      if (this.#isClosing) return undefined
      this.#memberId ??= this.#link.broker.nextMemberId(this.#options.instanceId ?? this.#link.clientId)
      const joined = await this.#unlessClosing(this.#coordinator.join(this.#request(this.#memberId, owned)))
      if (joined === undefined || joined.refusal !== undefined) return joined
      this.#generation = joined.generation
      this.heartbeats.confirm()
      await this.#unlessClosing(this.#reach('sync'))
      const { rebalance } = this.#options
      const plan = joined.members && planAssignment(this.#link.broker, this.#assignor, rebalance, joined.members)
      const synced = await this.#unlessClosing(this.#coordinator.sync(this.#handle, plan))
      if (synced === undefined || synced.refusal !== undefined) return synced
      this.heartbeats.confirm()
      return { handle: this.#handle, assignment: synced.assignment }
    } finally {
      this.#isJoining = false
    }
  }

  /** The broker does not know this membership any more; the next round begins a new one. */
  forget(trouble: GroupRefusal): void {
    this.#generation = -1
    if (trouble !== 'illegal_generation') this.#memberId = undefined
  }

  /** Whatever the session waits for is not awaited any longer. */
  stopWaiting(): void {
    this.#isClosing = true
    this.#stopWaiting()
  }

  /** Leaves the group, unless this is a static member whose place is to be kept. */
  leave(keepsPlace: boolean): void {
    if (this.#memberId === undefined || (keepsPlace && this.#options.instanceId !== undefined)) return
    this.#coordinator.leave(this.#memberId)
  }

  get #coordinator(): GroupCoordinator {
    return this.#link.broker.group(this.#options.groupId)
  }

  get #handle(): GroupHandle {
    const { groupId, instanceId } = this.#options
    return {
      groupId,
      memberId: this.#memberId ?? '',
      generation: this.#generation,
      ...(instanceId === undefined ? {} : { instanceId }),
    }
  }

  #request(memberId: string, owned: readonly TopicPartition[]): JoinRequest {
    const { instanceId, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    return {
      memberId,
      instanceId,
      protocol: this.protocol,
      topics,
      owned,
      ownedGeneration: this.#generation,
      userData: this.#options.userData?.() ?? nothing,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      nudge: () => queueMicrotask(() => this.heartbeats.beat()),
    }
  }

  /** The broker's answer, or undefined when this member is closed before it comes. */
  #unlessClosing<T>(promise: Promise<T>): Promise<T | undefined> {
    return Promise.race([this.#link.answer(promise), this.#closing])
  }

  async #reach(seam: 'join' | 'sync'): Promise<void> {
    const { groupId, rebalanceTimeoutMs: timeoutMs } = this.#options
    const detail = { groupId, memberId: this.#memberId ?? '' }
    while (!this.#isClosing) {
      try {
        await this.#link.call({ what: `A ${seam}`, timeoutMs, before: seam, detail, request: () => {} })
        return
      } catch (cause) {
        if (!StreamError.is(cause) || !cause.retryable) throw cause
      }
    }
  }

  /** While the member joins, a heartbeat only tells that it is alive. */
  #sendHeartbeat(): void {
    if (this.#generation < 0) return
    const refusal = this.#coordinator.heartbeat(this.#handle)
    if (refusal === undefined || refusal === 'rebalance_in_progress') this.heartbeats.confirm()
    if (refusal !== undefined && !this.#isJoining) this.#onRefused(refusal)
  }
}
