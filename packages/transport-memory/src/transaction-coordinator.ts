import type { Clock, GroupHandle, OutRecord, Random, Timer, TopicPartitionOffset } from '@stream/core/adapter'
import type { BrokerTimers } from './broker-timers.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { GroupRefusal } from './group-member.ts'
import type { PartitionLog } from './partition-log.ts'

/** Who may write under a transactional id right now. The epoch changes with every init and with every transaction (KIP-890). */
export interface ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
}

/** Why a step of a transaction is refused: the epoch is over, or the transaction was aborted because it took too long. */
export type TransactionRefusal = 'fenced' | 'timed_out'

interface OpenState {
  readonly partitions: Set<PartitionLog>
  readonly groups: Set<GroupCoordinator>
  readonly timeout: Timer
}

interface EndingState {
  readonly committed: boolean
  readonly done: Promise<void>
}

/** What is known about one transactional id. */
export interface TransactionState {
  readonly transactionalId: string
  readonly producerId: number
  epoch: number
  timeoutMs: number
  open: OpenState | undefined
  /** Decided, but the markers are not written yet. */
  ending: EndingState | undefined
  /** The epoch whose transaction the coordinator aborted for taking too long. */
  timedOutEpoch: number
}

/** The coordinator of all transactional ids: KIP-98 with the epoch of KIP-890. */
export class TransactionCoordinator {
  readonly states: Map<string, TransactionState> = new Map()
  #nextProducerId = 1
  readonly #clock: Clock
  readonly #timers: BrokerTimers
  readonly #markerDelayMs: number
  readonly #random: Random

  constructor(clock: Clock, random: Random, timers: BrokerTimers, markerDelayMs: number) {
    this.#clock = clock
    this.#random = random
    this.#timers = timers
    this.#markerDelayMs = markerDelayMs
  }

  /** Takes the id over: earlier holders are fenced at once; resolves when what they left open is ended. */
  async init(transactionalId: string, timeoutMs: number): Promise<ProducerIdentity> {
    let state = this.states.get(transactionalId)
    if (state === undefined) {
      state = this.restore(transactionalId, this.#nextProducerId, -1, timeoutMs)
    }
    state.timeoutMs = timeoutMs
    state.epoch += 1
    const { epoch } = state
    if (state.open !== undefined) this.#decide(state, false)
    while (state.ending !== undefined) await state.ending.done
    return { producerId: state.producerId, epoch }
  }

  /** Whether a transaction is open, or decided and waiting for markers. */
  get isAnyPending(): boolean {
    for (const { open, ending } of this.states.values()) if (open !== undefined || ending !== undefined) return true
    return false
  }

  /** An id as a snapshot knows it. */
  restore(transactionalId: string, producerId: number, epoch: number, timeoutMs: number): TransactionState {
    const state: TransactionState = {
      transactionalId,
      producerId,
      epoch,
      timeoutMs,
      open: undefined,
      ending: undefined,
      timedOutEpoch: -1,
    }
    this.states.set(transactionalId, state)
    this.#nextProducerId = Math.max(this.#nextProducerId, producerId + 1)
    return state
  }

  /** Resolves when no marker of an earlier transaction of this id is outstanding (CONCURRENT_TRANSACTIONS on a broker). */
  async settled(transactionalId: string): Promise<void> {
    const state = this.states.get(transactionalId)
    while (state?.ending !== undefined) await state.ending.done
  }

  /** Why this identity may not write; undefined if it may. */
  check(transactionalId: string, identity: ProducerIdentity): TransactionRefusal | undefined {
    const state = this.states.get(transactionalId)
    if (state === undefined || state.producerId !== identity.producerId) return 'fenced'
    if (state.timedOutEpoch === identity.epoch) return 'timed_out'
    return state.epoch === identity.epoch ? undefined : 'fenced'
  }

  /** Appends inside the transaction, which begins with its first step; returns the first offset. Call {@link check} first. */
  append(
    transactionalId: string,
    partition: PartitionLog,
    records: readonly OutRecord[],
    appendTime: number | undefined,
  ): number {
    const state = this.states.get(transactionalId) as TransactionState
    this.#opened(state).partitions.add(partition)
    return partition.append(records, appendTime, state.producerId)
  }

  /** Adds offsets of a group, which count when the transaction commits. Call {@link check} first. */
  addOffsets(
    transactionalId: string,
    group: GroupCoordinator,
    handle: GroupHandle,
    offsets: readonly TopicPartitionOffset[],
  ): GroupRefusal | undefined {
    const refusal = group.checkCommit(handle, true)
    if (refusal !== undefined) return refusal
    const state = this.states.get(transactionalId) as TransactionState
    this.#opened(state).groups.add(group)
    group.offsets.addPending(state.producerId, offsets)
    return undefined
  }

  /**
   * Decides the transaction and gives the identity of the next one. From here on the outcome stands; the markers follow, at once
   * unless the log was told to delay them.
   */
  end(transactionalId: string, committed: boolean): ProducerIdentity {
    const state = this.states.get(transactionalId) as TransactionState
    if (state.open !== undefined) this.#decide(state, committed)
    state.epoch += 1
    return { producerId: state.producerId, epoch: state.epoch }
  }

  #opened(state: TransactionState): OpenState {
    if (state.open === undefined) {
      const timeout = this.#timers.after(state.timeoutMs, () => {
        state.timedOutEpoch = state.epoch
        state.epoch += 1
        this.#decide(state, false)
      })
      state.open = { partitions: new Set(), groups: new Set(), timeout }
    }
    return state.open
  }

  #decide(state: TransactionState, committed: boolean): void {
    const open = state.open as OpenState
    open.timeout.cancel()
    state.open = undefined
    const { producerId } = state
    const markers = [
      ...[...open.partitions].map((partition) => () => {
        partition.endTransaction(producerId, committed, this.#clock.now())
      }),
      ...[...open.groups].map((group) => () => group.offsets.endPending(producerId, committed)),
    ]
    if (this.#markerDelayMs === 0) {
      for (const write of markers) write()
      return
    }
    const done = Promise.all(markers.map((write) => this.#later(write))).then(() => {
      state.ending = undefined
    })
    state.ending = { committed, done }
  }

  /** Brokers write their markers each in its own time: those of one transaction come in any order. */
  #later(write: () => void): Promise<void> {
    return new Promise((resolve) => {
      const delayMs = Math.ceil((1 - this.#random()) * this.#markerDelayMs)
      this.#timers.after(delayMs, () => {
        write()
        resolve()
      })
    })
  }
}
