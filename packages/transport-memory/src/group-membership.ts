import {
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  StreamError,
  type TopicPartition,
} from '@stream/core/adapter'
import { instanceFenced, protocolRefused } from './broker-errors.ts'
import type { FetchSession } from './fetch-session.ts'
import type { GroupRefusal } from './group-member.ts'
import { GroupSession } from './group-session.ts'
import { type PlannedAssignment, placeKey } from './handover.ts'
import type { Link } from './link.ts'
import { ListenerCalls } from './listener-calls.ts'

/** A member's side of the group protocol: joins, heartbeats, gives up, takes over, until it is closed or fenced. */
export class GroupMembership {
  readonly #options: GroupOptions
  readonly #session: GroupSession
  readonly #calls: ListenerCalls
  readonly #fetch: FetchSession
  readonly #onFailed: (error: StreamError) => void
  #delivered: GroupHandle | undefined
  #owned: readonly TopicPartition[] = []
  /** What it owned before an eager rebalance took everything, for assignors that keep partitions where they were. */
  #formerlyOwned: readonly TopicPartition[] = []
  #mustRejoin = false
  #trouble: GroupRefusal | undefined
  #isClosing = false
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
    this.#options = options
    this.#session = new GroupSession(link, options, (refusal) => {
      if (this.#hasFailed) return
      this.#refused(refusal)
      this.#stir?.()
    })
    this.#calls = new ListenerCalls(listener, link)
    this.#fetch = fetch
    this.#onFailed = onFailed
    this.#forget = [
      link.onDeath(() => {
        this.#session.heartbeats.stop()
        fetch.clear()
      }),
      link.onWake(() => this.#session.heartbeats.beat()),
    ]
  }

  start(): void {
    this.#running = this.#run()
  }

  /** The generation that was delivered last. */
  get deliveredGeneration(): number {
    return this.#delivered?.generation ?? 0
  }

  get sinceHeartbeatMs(): number {
    return this.#session.heartbeats.sinceMs
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
    return places.every((place) => owned.has(placeKey(place)))
      ? { ...handle, generation: this.#session.generation }
      : handle
  }

  async close(leave: boolean): Promise<void> {
    this.#isClosing = true
    this.#session.stopWaiting()
    this.#stir?.()
    await this.#running
    if (!this.#hasFailed) {
      await this.#giveUp(this.#owned)
      this.#session.leave(!leave)
    }
    this.#end()
  }

  #end(): void {
    this.#session.heartbeats.stop()
    this.#fetch.clear()
    for (const forget of this.#forget) forget()
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosing && !this.#hasFailed) {
        if (this.#trouble !== undefined) this.#lose(this.#trouble)
        if (this.#hasFailed) return
        if (this.#options.rebalance === 'eager') {
          await this.#giveUp(this.#owned)
          // A listener that missed its deadline could not be told of an assignment yet: others make better use of the partitions.
          await Promise.race([this.#calls.idle(), this.#session.closing])
        }
        if (this.#trouble !== undefined) continue
        if (this.#isClosing) return
        this.#mustRejoin = false
        const round = await this.#session.round(this.#formerlyOwned)
        if (round?.refusal !== undefined) this.#refused(round.refusal)
        else if (round !== undefined) await this.#takeOver(round.handle, round.assignment)
        await this.#untilNeeded()
      }
    } catch (cause) {
      this.#fail(StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'The group membership failed' }))
    }
  }

  #refused(refusal: GroupRefusal): void {
    if (refusal === 'rebalance_in_progress') this.#mustRejoin = true
    else this.#trouble = refusal
  }

  async #takeOver(handle: GroupHandle, assignment: PlannedAssignment): Promise<void> {
    const { partitions, userData } = assignment
    this.#session.heartbeats.start()
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
    if (gone.length > 0 || assignment.handsOver === true) this.#mustRejoin = true
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
    this.#drop()
    this.#session.forget(trouble)
    const { groupId, instanceId } = this.#options
    if (trouble === 'fenced_instance') this.#fail(instanceFenced(groupId, instanceId ?? ''))
    else if (trouble === 'inconsistent_protocol') this.#fail(protocolRefused(groupId, this.#session.protocol))
  }

  #drop(): void {
    const owned = this.#owned
    this.#owned = []
    this.#formerlyOwned = []
    this.#delivered = undefined
    this.#fetch.remove(owned)
    if (owned.length > 0) this.#calls.lost(owned)
    this.#fetch.interrupt()
  }

  #fail(error: StreamError): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#drop()
    this.#session.leave(false)
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
}
