import type { Headers, OutRecord, Reader, Transport } from '@stream/core/adapter'
import { chosenStoreKind, type StoreKind } from '../stores/index.ts'
import { partitionOfKey } from './placement.ts'
import { type ReadRecord, readRecord } from './read-record.ts'

/** A record for {@link Cluster.produce}. */
export interface GivenRecord {
  /** @default null */
  readonly key?: string | Uint8Array | null
  /** Bytes as they are, null as a tombstone, anything else as JSON. */
  readonly value: unknown
  /** @default where the key belongs; 0 without a key */
  readonly partition?: number
  /** @default a number that grows with every record */
  readonly timestamp?: number
  /** @default [] */
  readonly headers?: Headers
}

/** How a cluster is reached, and what can be done to it as a whole. */
export interface ClusterParts {
  readonly name: 'memory' | 'kafka'
  /** A connection of its own, as that of another process; not open yet. */
  readonly connect: () => Transport
  /** What apps take for topics where their transport cannot do all of it. @default the transport */
  readonly admin?: () => Transport
  /** Nobody reaches the cluster from now on. Undefined: others use it too. */
  readonly beginOutage?: () => void | Promise<void>
  readonly endOutage?: () => void | Promise<void>
  /** Compacts a topic now. Undefined: it compacts by itself, in its own time. */
  readonly compact?: (topic: string) => void
  readonly close?: () => Promise<void>
  /** The store of the apps of its tests. @default what the environment says, else memory */
  readonly storeKind?: StoreKind
}

const readDeadlineMs = 20_000

/** A log with everything that tests need around the apps: made of the transport contract alone, so that it is the same everywhere. */
export class Cluster {
  readonly name: 'memory' | 'kafka'
  readonly storeKind: StoreKind
  readonly #parts: ClusterParts
  #transport: Promise<Transport> | undefined
  /** Recent: brokers delete what is older than a topic's retention, however new it is to the log. */
  #clock = Date.now() - 60_000

  constructor(parts: ClusterParts) {
    this.name = parts.name
    this.storeKind = parts.storeKind ?? chosenStoreKind()
    this.#parts = parts
  }

  /** A transport for one app. */
  connect(): Transport {
    return this.#parts.connect()
  }

  /** A transport for the topics of one app, or undefined where that of {@link Cluster.connect} does. */
  admin(): Transport | undefined {
    return this.#parts.admin?.()
  }

  beginOutage(): void | Promise<void> {
    return this.#parts.beginOutage?.()
  }

  endOutage(): void | Promise<void> {
    return this.#parts.endOutage?.()
  }

  /** Makes holes in a compacted topic where the cluster can be told to; elsewhere they come by themselves, or do not. */
  compact(topic: string): void {
    this.#parts.compact?.(topic)
  }

  async createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const admin = (await this.#own()).admin()
    try {
      await admin.createTopics([{ name, partitions, replicationFactor: -1, configs }])
    } finally {
      await admin.close()
    }
  }

  /** Undefined where there is no such topic. */
  async partitionsOf(topic: string): Promise<number | undefined> {
    const admin = (await this.#own()).admin()
    try {
      return (await admin.describeTopics([topic])).get(topic)?.partitions
    } finally {
      await admin.close()
    }
  }

  async produce(topic: string, records: readonly GivenRecord[]): Promise<void> {
    const partitions = (await this.partitionsOf(topic)) ?? 1
    const batches = new Map<number, OutRecord[]>()
    for (const { key = null, value, partition, timestamp = ++this.#clock, headers = [] } of records) {
      const place = partition ?? (key === null ? 0 : partitionOfKey(key, partitions))
      const batch = batches.get(place) ?? []
      batches.set(place, batch)
      batch.push({ key: key === null ? null : Buffer.from(key), value: encoded(value), timestamp, headers })
    }
    const producer = (await this.#own()).producer({ deliveryTimeoutMs: 10_000 })
    try {
      await producer.send([...batches].map(([partition, batch]) => ({ topic, partition, records: batch })))
    } finally {
      await producer.close()
    }
  }

  /** All that a read-committed reader sees, in order of partition and offset; with `atLeast`, waits until there is that much. */
  async read(topic: string, atLeast: number = 0): Promise<ReadRecord[]> {
    const partitions = await this.partitionsOf(topic)
    if (partitions === undefined) return []
    const reader = (await this.#own()).reader({ isolation: 'read_committed', ...readSizes })
    try {
      return await readAll(reader, topic, partitions, atLeast)
    } finally {
      await reader.close()
    }
  }

  /** The last value of every key of a compacted topic. */
  async fold(topic: string): Promise<Map<string, unknown>> {
    const rows = new Map<string, unknown>()
    for (const { key, value } of await this.read(topic)) {
      if (value === null) rows.delete(key!)
      else rows.set(key!, value)
    }
    return rows
  }

  /** Committed offsets of a group nobody is in, by partition. */
  async committed(groupId: string, topic: string): Promise<(number | undefined)[]> {
    const transport = await this.#own()
    let answer: (offsets: (number | undefined)[]) => void = () => undefined
    const answered = new Promise<(number | undefined)[]>((resolve) => {
      answer = resolve
    })
    const consumer = transport.group(
      {
        groupId,
        topics: [topic],
        isolation: 'read_committed',
        rebalance: 'eager',
        sessionTimeoutMs: 6_000,
        heartbeatIntervalMs: 500,
        rebalanceTimeoutMs: 6_000,
        ...readSizes,
      },
      {
        onAssign: async (partitions) => {
          const offsets = await consumer.committed(partitions)
          answer(offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset))
        },
        onRevoke: async () => undefined,
        onLost: () => undefined,
        onError: () => answer([]),
      },
    )
    const polling = (async () => {
      let isDone = false
      void answered.then(() => {
        isDone = true
      })
      while (!isDone) await consumer.poll({ maxWaitMs: 20 })
    })()
    const offsets = await answered
    await polling
    await consumer.close({ leave: true })
    return offsets
  }

  async close(): Promise<void> {
    await (await this.#transport)?.close()
    await this.#parts.close?.()
  }

  #own(): Promise<Transport> {
    this.#transport ??= (async () => {
      const transport = this.connect()
      await transport.open({ log: () => undefined })
      return transport
    })()
    return this.#transport
  }
}

const readSizes = { maxPollBytes: 16 << 20, maxPartitionBytes: 4 << 20, fetchWaitMs: 100 }

async function readAll(reader: Reader, topic: string, partitions: number, atLeast: number): Promise<ReadRecord[]> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const ends = new Map<number, number>()
  for (const { partition, offset } of await reader.endOffsets(all, 'read_uncommitted')) ends.set(partition, offset)
  const starts = await reader.startOffsets(all)
  const positions = new Map(starts.map(({ partition, offset }) => [partition, offset]))
  const found: ReadRecord[] = []
  reader.assign(starts)
  const untilMs = performance.now() + readDeadlineMs
  const isBehind = (): boolean => all.some(({ partition }) => positions.get(partition)! < ends.get(partition)!)
  while (found.length < atLeast || isBehind()) {
    for (const batch of await reader.poll({ maxWaitMs: 100 })) {
      if (batch.error !== undefined) throw batch.error
      positions.set(batch.partition, batch.nextOffset)
      for (const record of batch.records) found.push(readRecord(batch.partition, record))
    }
    if (performance.now() < untilMs) continue
    const seen = JSON.stringify(found.slice(0, 20).map(({ partition, key, value }) => [partition, key, value]))
    throw new Error(`${topic} holds ${found.length} of ${atLeast} records after ${readDeadlineMs} ms: ${seen}`)
  }
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

function encoded(value: unknown): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value
  return Buffer.from(JSON.stringify(value))
}
