import type {
  Assignor,
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  Isolation,
  LogRecord,
  StreamError,
  TopicPartition,
  Transport,
} from '@stream/core/adapter'
import type { Ownership } from './ownership.ts'
import type { TransportTiming } from './transport-options.ts'
import { Changes, type Gate, gate, until } from './until.ts'

/** What a case wants of a member. */
export interface MemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly transport?: Transport
  readonly rebalance?: 'eager' | 'cooperative'
  readonly isolation?: Isolation
  readonly instanceId?: string
  readonly assignor?: Assignor
  readonly userData?: () => Uint8Array
  /** @default seeks to the committed offsets, or 0 where there are none */
  readonly onAssign?: (member: Member, partitions: readonly TopicPartition[]) => Promise<void>
  readonly onRevoke?: (member: Member, partitions: readonly TopicPartition[], deadlineMs: number) => Promise<void>
}

/** A call of the listener, in the order of all calls of the case. */
export interface MemberEvent {
  readonly kind: 'assign' | 'revoke' | 'revoked' | 'lost' | 'error'
  readonly partitions: readonly string[]
}

/** Names a partition in sets and messages. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** A group member that polls all the time and remembers what it was told and given. */
export class Member {
  readonly consumer: GroupConsumer
  readonly events: MemberEvent[] = []
  readonly owned: Set<string> = new Set()
  readonly batches: Fetched[] = []
  readonly handles: GroupHandle[] = []
  readonly userDatas: (Uint8Array | undefined)[] = []
  readonly breaches: string[] = []
  pollError: unknown
  fatalError: StreamError | undefined
  readonly #options: MemberOptions
  readonly #timing: TransportTiming
  readonly #changes: Changes = new Changes()
  readonly #ownership: Ownership
  readonly #pump: Promise<void>
  readonly #over: Gate = gate()
  #hold: Gate | undefined
  #isParked = false
  #pendingCalls = 0
  #isClosing = false

  constructor(transport: Transport, options: MemberOptions, timing: TransportTiming, ownership: Ownership) {
    this.#options = options
    this.#timing = timing
    this.#ownership = ownership
    const { groupId, topics, instanceId, assignor, userData } = options
    this.consumer = transport.group(
      {
        groupId,
        topics,
        isolation: options.isolation ?? 'read_committed',
        rebalance: options.rebalance ?? 'eager',
        sessionTimeoutMs: timing.sessionTimeoutMs,
        heartbeatIntervalMs: timing.heartbeatIntervalMs,
        rebalanceTimeoutMs: timing.rebalanceTimeoutMs,
        ...(instanceId !== undefined && { instanceId }),
        ...(assignor !== undefined && { assignor }),
        ...(userData !== undefined && { userData }),
        maxPollBytes: 16 * 2 ** 20,
        maxPartitionBytes: 2 ** 20,
        fetchWaitMs: Math.min(timing.quietMs, 200),
      },
      this.#listener(),
    )
    this.#pump = this.#poll()
  }

  /** The membership as it was delivered last. */
  get handle(): GroupHandle {
    const handle = this.handles.at(-1)
    if (handle === undefined) throw new Error('the member has no assignment yet')
    return handle
  }

  /** All records received of a partition, in order of arrival. */
  recordsOf(topic: string, partition: number): LogRecord[] {
    return this.batches
      .filter((batch) => batch.topic === topic && batch.partition === partition)
      .flatMap((batch) => batch.records)
  }

  countOf(kind: MemberEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length
  }

  until(what: string, holds: () => boolean): Promise<void> {
    const seen = (): string =>
      `${this.events.map((event) => `${event.kind}(${event.partitions.join(' ')})`).join(', ')}; ` +
      `${this.batches.length} batches${this.pollError === undefined ? '' : `; poll failed: ${this.pollError}`}`
    return until(this.#changes, this.#timing.patienceMs, what, holds, seen)
  }

  untilOwns(count: number): Promise<void> {
    return this.until(`it owns ${count} partitions`, () => this.owned.size === count && this.#pendingCalls === 0)
  }

  untilRecords(topic: string, partition: number, count: number): Promise<void> {
    return this.until(`${count} records of ${topic}/${partition} arrived`, () => {
      return this.recordsOf(topic, partition).length >= count
    })
  }

  async seekToCommitted(partitions: readonly TopicPartition[]): Promise<void> {
    const committed = await this.consumer.committed(partitions)
    this.consumer.seek(committed.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset ?? 0 })))
  }

  async close(options: { readonly leave: boolean } = { leave: true }): Promise<void> {
    this.#isClosing = true
    await this.consumer.close(options)
    await this.#pump
  }

  /** Stops polling, so that nothing is on its way to the case; the answer starts it again. */
  async hold(): Promise<() => void> {
    const hold = gate()
    this.#hold = hold
    await this.until('its poll has answered', () => this.#isParked)
    return () => {
      this.#hold = undefined
      hold.open()
    }
  }

  /** Lets go of listener calls that a failed case has left pending. */
  abandon(): void {
    this.#over.open()
    this.#hold?.open()
  }

  async #poll(): Promise<void> {
    while (!this.#isClosing && this.pollError === undefined) {
      if (this.#hold) await this.#park(this.#hold)
      try {
        const answer = await this.consumer.poll({ maxWaitMs: 200 })
        const names = answer.map(partitionName)
        if (new Set(names).size !== names.length)
          this.breaches.push(`two batches of one partition in an answer: ${names}`)
        this.batches.push(...answer)
      } catch (error) {
        if (!this.#isClosing) this.pollError = error
      }
      this.#changes.tell()
    }
  }

  async #park(hold: Gate): Promise<void> {
    this.#isParked = true
    this.#changes.tell()
    await hold.opened
    this.#isParked = false
  }

  #listener(): GroupListener {
    return {
      onAssign: (partitions, handle, userData) =>
        this.#called('assign', partitions, () => this.#assigned(partitions, handle, userData)),
      onRevoke: (partitions, { deadlineMs }) =>
        this.#called('revoke', partitions, () => this.#revoked(partitions, deadlineMs)),
      onLost: (partitions) => {
        this.#remember('lost', partitions)
        this.#release(partitions)
      },
      onError: (error) => {
        this.fatalError = error
        this.#remember('error', [])
      },
    }
  }

  async #called(
    kind: 'assign' | 'revoke',
    partitions: readonly TopicPartition[],
    body: () => Promise<void>,
  ): Promise<void> {
    if (this.#pendingCalls > 0) this.breaches.push(`${kind} was called while another call was pending`)
    this.#pendingCalls++
    this.#remember(kind, partitions)
    try {
      await body()
    } finally {
      this.#pendingCalls--
      if (kind === 'revoke') this.#remember('revoked', partitions)
      this.#changes.tell()
    }
  }

  async #assigned(partitions: readonly TopicPartition[], handle: GroupHandle, userData?: Uint8Array): Promise<void> {
    if ((this.#options.rebalance ?? 'eager') === 'eager' && this.owned.size > 0) {
      this.breaches.push(`assigned anew while it owned ${[...this.owned]}: under eager all must be revoked first`)
    }
    this.handles.push(handle)
    this.userDatas.push(userData)
    for (const partition of partitions) {
      this.owned.add(partitionName(partition))
      this.#ownership.take(this.#options.groupId, partitionName(partition), this)
    }
    const assigned = this.#options.onAssign?.(this, partitions) ?? this.seekToCommitted(partitions)
    await Promise.race([assigned, this.#over.opened])
  }

  async #revoked(partitions: readonly TopicPartition[], deadlineMs: number): Promise<void> {
    await Promise.race([this.#options.onRevoke?.(this, partitions, deadlineMs), this.#over.opened])
    this.#release(partitions)
  }

  #release(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.owned.delete(partitionName(partition))
      this.#ownership.release(this.#options.groupId, partitionName(partition), this)
    }
  }

  #remember(kind: MemberEvent['kind'], partitions: readonly TopicPartition[]): void {
    this.events.push({ kind, partitions: partitions.map(partitionName) })
    this.#changes.tell()
  }
}
