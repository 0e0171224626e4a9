import type {
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  GroupOptions,
  OutRecord,
  Producer,
  Reader,
  StreamError,
  TopicPartition,
  TopicPartitionOffset,
} from '@stream/core/adapter'
import { MemoryLog, type MemoryLogOptions, type MemoryTransport, memory } from '../src/index.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

export function text(value: Uint8Array | null): string | null {
  return value === null ? null : decoder.decode(value)
}

export function record(key: string | null, value: string | null, timestamp = 1): OutRecord {
  return { key: key === null ? null : bytes(key), value: value === null ? null : bytes(value), timestamp }
}

/** A generator with a seed, so that a test is the same every time. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A log under a virtual clock. */
export class Rig {
  readonly clock: VirtualClock = new VirtualClock()
  readonly log: MemoryLog

  constructor(options: MemoryLogOptions = {}) {
    this.log = new MemoryLog({ clock: this.clock, random: seeded(1), ...options })
  }

  async transport(): Promise<MemoryTransport> {
    const transport = memory({ log: this.log })
    await transport.open({ log: () => {} })
    return transport
  }

  async producer(): Promise<Producer> {
    return (await this.transport()).producer({ deliveryTimeoutMs: 10_000 })
  }

  /** Runs the clock until the promise settles. */
  async run<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let isDone = false
    const done = promise.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    for (let passedMs = 0; passedMs < limitMs; passedMs += 10) {
      await settle()
      if (isDone) return done
      await this.clock.advance(10)
    }
    throw new Error(`not settled after ${limitMs} ms of the clock`)
  }
}

export function read(transport: MemoryTransport, isolation: 'read_committed' | 'read_uncommitted'): Reader {
  return transport.reader({ isolation, maxPollBytes: 1 << 24, maxPartitionBytes: 1 << 22, fetchWaitMs: 100 })
}

/** A member that notes everything that happens to it. */
export class Member implements GroupListener {
  readonly transport: MemoryTransport
  readonly consumer: GroupConsumer
  readonly events: string[] = []
  readonly owned: Set<string> = new Set()
  handle: GroupHandle | undefined
  userData: Uint8Array | undefined
  error: StreamError | undefined
  overlapped = false
  /** What a listener call waits for. */
  onRevoking: (partitions: readonly TopicPartition[]) => Promise<void> = async () => {}
  onAssigning: () => Promise<void> = async () => {}
  #calls = 0

  constructor(transport: MemoryTransport, options: Partial<GroupOptions> = {}) {
    this.transport = transport
    this.consumer = transport.group(
      {
        groupId: 'g',
        topics: ['t'],
        isolation: 'read_committed',
        rebalance: 'eager',
        sessionTimeoutMs: 10_000,
        heartbeatIntervalMs: 1_000,
        rebalanceTimeoutMs: 30_000,
        maxPollBytes: 1 << 24,
        maxPartitionBytes: 1 << 22,
        fetchWaitMs: 100,
        ...options,
      },
      this,
    )
  }

  get places(): TopicPartition[] {
    return [...this.owned].map((key) => {
      const [topic, partition] = key.split('/')
      return { topic: topic as string, partition: Number(partition) }
    })
  }

  async onAssign(partitions: readonly TopicPartition[], group: GroupHandle, userData?: Uint8Array): Promise<void> {
    this.#enter()
    this.handle = group
    this.userData = userData
    this.events.push(`assign ${names(partitions)} @${group.generation}`)
    for (const { topic, partition } of partitions) this.owned.add(`${topic}/${partition}`)
    await this.onAssigning()
    this.#calls -= 1
  }

  async onRevoke(partitions: readonly TopicPartition[]): Promise<void> {
    this.#enter()
    this.events.push(`revoke ${names(partitions)}`)
    await this.onRevoking(partitions)
    for (const { topic, partition } of partitions) this.owned.delete(`${topic}/${partition}`)
    this.#calls -= 1
  }

  onLost(partitions: readonly TopicPartition[]): void {
    this.events.push(`lost ${names(partitions)}`)
    for (const { topic, partition } of partitions) this.owned.delete(`${topic}/${partition}`)
  }

  onError(error: StreamError): void {
    this.error = error
    this.events.push(`error ${error.code}`)
  }

  #enter(): void {
    this.#calls += 1
    if (this.#calls > 1) this.overlapped = true
  }
}

export function names(partitions: readonly TopicPartition[]): string {
  return partitions
    .map(({ topic, partition }) => `${topic}${partition}`)
    .sort()
    .join(',')
}

export function at(topic: string, partition: number, offset: number): TopicPartitionOffset {
  return { topic, partition, offset }
}

export function values(fetched: readonly Fetched[]): (string | null)[] {
  return fetched.flatMap((batch) => batch.records.map((found) => text(found.value)))
}
