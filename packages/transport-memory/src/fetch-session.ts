import {
  type Fetched,
  type Isolation,
  StreamError,
  systemClock,
  type Timer,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { offsetOutOfRange, topicMissing } from './broker-errors.ts'
import { placeKey } from './handover.ts'
import type { Link } from './link.ts'
import type { PartitionLog } from './partition-log.ts'

interface Slot {
  readonly topic: string
  readonly partition: number
  log: PartitionLog | undefined
  position: number | undefined
  isPaused: boolean
  /** Between two owners, or not yet announced. */
  isHeld: boolean
  /** Nothing could be read; waits for a new position. */
  hasFailed: boolean
  fault: StreamError | undefined
}

/** What bounds a fetch. */
export interface FetchLimits {
  readonly isolation: Isolation
  readonly maxPollBytes: number
  readonly maxPartitionBytes: number
  /** Whether one answer may hold several batches of a partition. */
  readonly manyPerPartition: boolean
}

/** Positions of the partitions somebody reads, and the wait for new data: what group consumers and readers share. */
export class FetchSession {
  readonly #link: Link
  readonly #limits: FetchLimits
  readonly #slots: Map<string, Slot> = new Map()
  #order: Slot[] = []
  #first = 0
  #wakeUp: (() => void) | undefined
  #interrupted = false
  #lastYieldMs = 0
  readonly #dataArrived = (): void => this.#wakeUp?.()

  constructor(link: Link, limits: FetchLimits) {
    this.#link = link
    this.#limits = limits
  }

  has(place: TopicPartition): boolean {
    return this.#slots.has(placeKey(place))
  }

  /** Reads this partition, once it has a position. */
  add({ topic, partition }: TopicPartition): void {
    const key = placeKey({ topic, partition })
    if (this.#slots.has(key)) return
    const slot: Slot = {
      topic,
      partition,
      log: undefined,
      position: undefined,
      isPaused: false,
      isHeld: false,
      hasFailed: false,
      fault: undefined,
    }
    this.#slots.set(key, slot)
    this.#order.push(slot)
  }

  remove(places: readonly TopicPartition[]): void {
    for (const place of places) {
      const slot = this.#slots.get(placeKey(place))
      slot?.log?.watchers.delete(this.#dataArrived)
      this.#slots.delete(placeKey(place))
    }
    this.#order = [...this.#slots.values()]
    this.#rewatch()
  }

  clear(): void {
    for (const slot of this.#order) slot.log?.watchers.delete(this.#dataArrived)
    this.#slots.clear()
    this.#order = []
  }

  seek(positions: readonly TopicPartitionOffset[]): void {
    for (const place of positions) {
      const slot = this.#slots.get(placeKey(place))
      if (slot === undefined) continue
      slot.position = place.offset
      slot.hasFailed = false
      slot.fault = undefined
    }
    this.#wakeUp?.()
  }

  setPaused(places: readonly TopicPartition[], isPaused: boolean): void {
    for (const place of places) {
      const slot = this.#slots.get(placeKey(place))
      if (slot !== undefined) slot.isPaused = isPaused
    }
    if (!isPaused) this.#wakeUp?.()
  }

  /** Holds partitions back while the listener is told about them; unlike a pause this is not the caller's. */
  setHeld(places: readonly TopicPartition[], isHeld: boolean): void {
    for (const place of places) {
      const slot = this.#slots.get(placeKey(place))
      if (slot !== undefined) slot.isHeld = isHeld
    }
    if (!isHeld) this.#wakeUp?.()
  }

  /** Lets the poll that waits, or the next one, return early. */
  interrupt(): void {
    this.#interrupted = true
    this.#wakeUp?.()
  }

  /** What has arrived; waits for it, but not longer than `maxWaitMs`. */
  async poll(maxWaitMs: number, assignment: () => number): Promise<readonly Fetched[]> {
    const { clock } = this.#link
    if (this.#link.clock === systemClock) await this.#yieldToOthers()
    const deadline = clock.monotonicMs() + maxWaitMs
    for (;;) {
      if (this.#interrupted) {
        this.#interrupted = false
        return []
      }
      const faulty = this.#link.broker.options.latencyMs !== undefined || this.#link.broker.faults.armed('fetch')
      if (this.#link.broker.isAvailable && (!faulty || (await this.#arrives(deadline)))) {
        const fetched = this.#collect(assignment())
        if (fetched.length > 0) return fetched
      }
      const leftMs = deadline - clock.monotonicMs()
      if (leftMs <= 0 || this.#interrupted) {
        this.#interrupted = false
        return []
      }
      await this.#waitFor(leftMs)
    }
  }

  /** The seam and the way of a fetch; false when its answer did not come. */
  async #arrives(deadline: number): Promise<boolean> {
    try {
      await this.#link.reach('A fetch', Math.max(0, deadline - this.#link.clock.monotonicMs()))
    } catch {
      return false
    }
    const verdict = await this.#link.seam('fetch', { topics: [...new Set(this.#order.map((slot) => slot.topic))] })
    if (verdict === undefined) return true
    if (verdict.kind === 'fail' && !verdict.error.retryable) {
      for (const slot of this.#order) slot.fault = verdict.error
      return true
    }
    return false
  }

  #collect(assignment: number): Fetched[] {
    const result: Fetched[] = []
    const order = this.#order
    const count = order.length
    let budget = this.#limits.maxPollBytes
    for (let i = 0; i < count && budget > 0; i += 1) {
      const slot = order[(this.#first + i) % count] as Slot
      if (slot.isPaused || slot.isHeld || slot.position === undefined || slot.hasFailed) continue
      budget = this.#collectSlot(slot, slot.position, budget, assignment, result)
    }
    if (count > 0) this.#first = (this.#first + 1) % count
    return result
  }

  #collectSlot(slot: Slot, from: number, budget: number, assignment: number, result: Fetched[]): number {
    const { topic, partition } = slot
    const error = this.#problem(slot, from)
    if (error !== undefined) {
      slot.hasFailed = true
      result.push({ topic, partition, assignment, records: [], nextOffset: from, sizeBytes: 0, error })
      return budget
    }
    const log = slot.log as PartitionLog
    const { isolation, maxPartitionBytes, manyPerPartition } = this.#limits
    let position = from
    let left = maxPartitionBytes
    let budgetLeft = budget
    do {
      const room = Math.min(left, budgetLeft)
      const slice = log.read(position, isolation, room)
      if (slice === undefined) break
      const { records, nextOffset, sizeBytes } = slice
      // One record may be larger than the limits, but only alone in an answer.
      if (sizeBytes > room && result.length > 0) break
      position = nextOffset
      left -= sizeBytes
      budgetLeft -= sizeBytes
      result.push({
        topic,
        partition,
        assignment,
        records,
        nextOffset,
        endOffset: log.visibleEnd(isolation),
        sizeBytes,
      })
    } while (manyPerPartition && left > 0 && budgetLeft > 0)
    slot.position = position
    return budgetLeft
  }

  #problem(slot: Slot, position: number): StreamError | undefined {
    const { topic, partition } = slot
    if (slot.fault !== undefined) return slot.fault
    let log: PartitionLog
    try {
      log = this.#link.broker.partition(topic, partition)
    } catch (cause) {
      return StreamError.from(cause, { code: 'STREAM_INTERNAL', message: topicMissing(topic, partition).message })
    }
    if (slot.log !== log) {
      slot.log?.watchers.delete(this.#dataArrived)
      slot.log = log
      log.watchers.add(this.#dataArrived)
    }
    const { logStart, logEnd } = log
    if (position < logStart || position > logEnd)
      return offsetOutOfRange(topic, partition, position, { logStart, logEnd })
    return undefined
  }

  #rewatch(): void {
    for (const slot of this.#order) slot.log?.watchers.add(this.#dataArrived)
  }

  #waitFor(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined
      const { broker } = this.#link
      const forget = (): void => {
        timer?.cancel()
        broker.availability.delete(done)
        this.#wakeUp = undefined
      }
      const done = (): void => {
        forget()
        undo()
        resolve()
      }
      const undo = this.#link.onDeath(forget)
      broker.availability.add(done)
      this.#wakeUp = done
      timer = this.#link.clock.setTimer(timeoutMs, done)
    })
  }

  /** A log that always has data would otherwise starve the timers and sockets of the process. */
  async #yieldToOthers(): Promise<void> {
    const now = this.#link.clock.monotonicMs()
    if (now - this.#lastYieldMs < 5) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#lastYieldMs = this.#link.clock.monotonicMs()
  }
}
