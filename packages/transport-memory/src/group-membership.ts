import {
  type AssignmentMember,
  type Assignor,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  type MemberAssignment,
  StreamError,
  type Timer,
  type TopicPartition,
} from '@stream/core/adapter'
import { fenced, refused } from './broker-errors.ts'
import type { FetchSession } from './fetch-session.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { GroupRefusal, JoinRequest } from './group-member.ts'
import { placeKey, withoutHandover } from './handover.ts'
import type { Link } from './link.ts'
import { ListenerCalls } from './listener-calls.ts'
import { rangeAssignor } from './range-assignor.ts'

const nothing = new Uint8Array(0)

/** How one round of join and sync ended. */
type Round = { readonly handle: GroupHandle; readonly assignment: MemberAssignment } | 'again'

/** A member's side of the group protocol: joins, heartbeats, gives up, takes over, until it is closed or fenced. */
export class GroupMembership {
  readonly #link: Link
  readonly #options: GroupOptions
  readonly #assignor: Assignor
  readonly #calls: ListenerCalls
  readonly #fetch: FetchSession
  readonly #onFailed: (error: StreamError) => void
  #memberId: string | undefined
  /** The newest generation the broker told; may be ahead of what was delivered. */
  #generation = -1
  #delivered: GroupHandle | undefined
  #owned: readonly TopicPartition[] = []
  #heartbeat: Timer | undefined
  #lastBeatMs = Number.NEGATIVE_INFINITY
  #isJoining = false
  #mustRejoin = false
  #trouble: GroupRefusal | undefined
  #isClosing = false
  #stopWaiting: () => void = () => {}
  readonly #closing: Promise<undefined> = new Promise((resolve) => {
    this.#stopWaiting = () => resolve(undefined)
  })
  #hasFailed = false
  #stir: (() => void) | undefined
  #running: Promise<void> = Promise.resolve()
  readonly #forget: (() => void)[]

  constructor(
    link: Link,
    options: GroupOptions,
    listener: GroupListener,
    fetch: FetchSession,
    onFailed: (error: StreamError) => void,
  ) {
    this.#link = link
    this.#options = options
    this.#assignor = options.assignor ?? rangeAssignor
    this.#calls = new ListenerCalls(listener, link)
    this.#fetch = fetch
    this.#onFailed = onFailed
    this.#forget = [
      link.onDeath(() => {
        this.#heartbeat?.cancel()
        fetch.clear()
      }),
      link.onWake(() => this.#beat()),
    ]
  }

  start(): void {
    this.#running = this.#run()
  }

  /** The generation that was delivered last. */
  get deliveredGeneration(): number {
    return this.#delivered?.generation ?? 0
  }

  /** The newest delivered handle; undefined before the first assignment and after a loss. */
  get delivered(): GroupHandle | undefined {
    return this.#delivered
  }

  get sinceHeartbeatMs(): number {
    return this.#link.clock.monotonicMs() - this.#lastBeatMs
  }

  /**
   * The handle to show the broker. Under `cooperative` a member that goes on owning its partitions has the next generation already
   * when it is asked to give some up; the newest delivered handle then stands for the broker's current generation, as long as the
   * partitions are still its own. An older handle, or one under `eager`, is shown as it is, and fenced.
   */
  current(handle: GroupHandle, places: readonly TopicPartition[]): GroupHandle {
    const delivered = this.#delivered
    if (this.#options.rebalance !== 'cooperative' || delivered === undefined) return handle
    if (delivered.memberId !== handle.memberId || delivered.generation !== handle.generation) return handle
    const owned = new Set(this.#owned.map(placeKey))
    return places.every((place) => owned.has(placeKey(place))) ? { ...handle, generation: this.#generation } : handle
  }

  async close(leave: boolean): Promise<void> {
    this.#isClosing = true
    this.#stopWaiting()
    this.#stir?.()
    await this.#running
    if (!this.#hasFailed) {
      await this.#giveUp(this.#owned)
      if (this.#memberId !== undefined) this.#leaveIfDynamic(leave)
    }
    this.#end()
  }

  #leaveIfDynamic(leave: boolean): void {
    const keepsPlace = !leave && this.#options.instanceId !== undefined
    if (!keepsPlace) this.#coordinator.leave(this.#memberId as string)
  }

  #end(): void {
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
    this.#fetch.clear()
    for (const forget of this.#forget) forget()
  }

  get #coordinator(): GroupCoordinator {
    return this.#link.log.group(this.#options.groupId)
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

  async #run(): Promise<void> {
    try {
      while (!this.#isClosing && !this.#hasFailed) {
        if (this.#trouble !== undefined) this.#lose(this.#trouble)
        if (this.#hasFailed) return
        if (this.#options.rebalance === 'eager') {
          await this.#giveUp(this.#owned)
          // A listener that missed its deadline could not be told of an assignment yet: others make better use of the partitions.
          await Promise.race([this.#calls.idle(), this.#closing])
        }
        if (this.#trouble !== undefined) continue
        if (this.#isClosing) return
        const round = await this.#join()
        if (round !== 'again') await this.#takeOver(round.handle, round.assignment)
        await this.#untilNeeded()
      }
    } catch (cause) {
      this.#fail(StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'The group membership failed' }))
    }
  }

  async #join(): Promise<Round> {
    this.#mustRejoin = false
    this.#isJoining = true
    try {
      await this.#unlessClosing(this.#reach('join'))
      if (this.#isClosing) return 'again'
      this.#memberId ??= this.#link.log.nextMemberId(this.#options.instanceId ?? this.#link.clientId)
      const joined = await this.#unlessClosing(this.#coordinator.join(this.#request(this.#memberId)))
      if (joined === undefined) return 'again'
      if (joined.refusal !== undefined) return this.#refusedRound(joined.refusal)
      this.#generation = joined.generation
      this.#confirmed()
      await this.#unlessClosing(this.#reach('sync'))
      const plan = joined.members === undefined ? undefined : this.#plan(joined.members)
      const synced = await this.#unlessClosing(this.#coordinator.sync(this.#handle, plan))
      if (synced === undefined) return 'again'
      if (synced.refusal !== undefined) return this.#refusedRound(synced.refusal)
      this.#confirmed()
      return { handle: this.#handle, assignment: synced.assignment }
    } finally {
      this.#isJoining = false
    }
  }

  #request(memberId: string): JoinRequest {
    const { instanceId, rebalance, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    return {
      memberId,
      instanceId,
      protocol: `${rebalance}:${this.#assignor.name}`,
      topics,
      owned: this.#formerlyOwned,
      ownedGeneration: this.#generation,
      userData: this.#options.userData?.() ?? nothing,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      nudge: () => queueMicrotask(() => this.#beat()),
    }
  }

  /** The broker's answer, or undefined when this member is closed before it comes. */
  #unlessClosing<T>(promise: Promise<T>): Promise<T | undefined> {
    return Promise.race([this.#link.answer(promise), this.#closing])
  }

  #refusedRound(refusal: GroupRefusal): Round {
    if (refusal === 'rebalance_in_progress') this.#mustRejoin = true
    else this.#trouble = refusal
    return 'again'
  }

  /** What it owned before an eager rebalance took everything, for assignors that keep partitions where they were. */
  #formerlyOwned: readonly TopicPartition[] = []

  #plan(members: readonly AssignmentMember[]): ReadonlyMap<string, MemberAssignment> {
    const partitions = new Map<string, number>()
    for (const member of members) {
      for (const name of member.topics) {
        const topic = this.#link.log.topics.get(name)
        if (topic !== undefined) partitions.set(name, topic.partitions.length)
      }
    }
    const plan = this.#assignor.assign({ members, partitions })
    return this.#options.rebalance === 'cooperative' ? withoutHandover(members, plan) : plan
  }

  async #takeOver(handle: GroupHandle, { partitions, userData }: MemberAssignment): Promise<void> {
    this.#scheduleBeat()
    const before = new Set(this.#owned.map(placeKey))
    const after = new Set(partitions.map(placeKey))
    const gone = this.#owned.filter((place) => !after.has(placeKey(place)))
    await this.#giveUp(gone)
    if (this.#trouble !== undefined || this.#hasFailed) return
    const added = partitions.filter((place) => !before.has(placeKey(place)))
    this.#owned = partitions
    this.#formerlyOwned = partitions
    this.#delivered = handle
    for (const place of added) this.#fetch.add(place)
    this.#fetch.setHeld(added, true)
    await this.#calls.assign(added, handle, userData)
    if (this.#trouble === undefined) this.#fetch.setHeld(added, false)
    this.#fetch.interrupt()
    if (gone.length > 0) this.#mustRejoin = true
  }

  /** `onRevoke` with its deadline, then the partitions are not this member's any more. */
  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    this.#fetch.setHeld(partitions, true)
    this.#fetch.interrupt()
    const isInTime = await this.#calls.revoke(partitions, this.#options.rebalanceTimeoutMs)
    const keys = new Set(partitions.map(placeKey))
    this.#owned = this.#owned.filter((place) => !keys.has(placeKey(place)))
    this.#fetch.remove(partitions)
    this.#formerlyOwned = this.#options.rebalance === 'eager' ? this.#formerlyOwned : this.#owned
    if (!isInTime) this.#calls.lost(partitions)
    this.#fetch.interrupt()
  }

  /** The membership is over as far as the broker is concerned. */
  #lose(trouble: GroupRefusal): void {
    this.#trouble = undefined
    const owned = this.#owned
    this.#owned = []
    this.#formerlyOwned = []
    this.#fetch.remove(owned)
    this.#delivered = undefined
    this.#generation = -1
    if (trouble !== 'illegal_generation') this.#memberId = undefined
    if (owned.length > 0) this.#calls.lost(owned)
    this.#fetch.interrupt()
    const { groupId, instanceId } = this.#options
    if (trouble === 'fenced_instance') {
      this.#fail(
        fenced(
          `Member ${instanceId ?? ''} of group ${groupId} was fenced: another process joined with its instance id. Give each process its own.`,
          { groupId, instanceId: instanceId ?? '' },
        ),
      )
    } else if (trouble === 'inconsistent_protocol') {
      this.#fail(
        refused(
          `Group ${groupId} does not take this member: the others use another assignor or another way to rebalance. Configure all members alike.`,
          { groupId, protocol: `${this.#options.rebalance}:${this.#assignor.name}` },
        ),
      )
    }
  }

  #fail(error: StreamError): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#end()
    this.#onFailed(error)
    this.#calls.failed(error)
  }

  async #untilNeeded(): Promise<void> {
    while (!this.#mustRejoin && this.#trouble === undefined && !this.#isClosing) {
      await new Promise<void>((resolve) => {
        this.#stir = resolve
      })
    }
    this.#stir = undefined
  }

  async #reach(seam: 'join' | 'sync'): Promise<void> {
    const { groupId, rebalanceTimeoutMs } = this.#options
    const detail = { groupId, memberId: this.#memberId ?? '' }
    while (!this.#isClosing) {
      try {
        await this.#link.call({
          what: `A ${seam}`,
          timeoutMs: rebalanceTimeoutMs,
          before: seam,
          detail,
          request: () => {},
        })
        return
      } catch (cause) {
        if (!StreamError.is(cause) || !cause.retryable) throw cause
      }
    }
  }

  #confirmed(): void {
    this.#lastBeatMs = this.#link.clock.monotonicMs()
  }

  #scheduleBeat(): void {
    this.#heartbeat?.cancel()
    this.#heartbeat = this.#link.clock.setTimer(this.#options.heartbeatIntervalMs, () => {
      this.#beat()
      if (!this.#hasFailed && !this.#link.isDead) this.#scheduleBeat()
    })
  }

  /** One heartbeat; what it learns makes the member rejoin. */
  #beat(): void {
    const { log } = this.#link
    if (this.#generation < 0 || this.#hasFailed || this.#link.isDead || this.#link.isStalled || !log.isAvailable) return
    if (log.faults.armed('heartbeat')) void this.#beatThroughSeam()
    else this.#beatNow()
  }

  async #beatThroughSeam(): Promise<void> {
    const detail = { groupId: this.#options.groupId, memberId: this.#memberId ?? '' }
    const verdict = await this.#link.seam('heartbeat', detail)
    if (verdict === undefined && !this.#link.isStalled && this.#generation >= 0) this.#beatNow()
  }

  #beatNow(): void {
    const refusal = this.#coordinator.heartbeat(this.#handle)
    if (refusal === undefined || refusal === 'rebalance_in_progress') this.#confirmed()
    if (refusal === undefined || this.#isJoining) return
    if (refusal === 'rebalance_in_progress') this.#mustRejoin = true
    else this.#trouble = refusal
    this.#stir?.()
  }
}
