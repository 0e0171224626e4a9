import type {
  Admin,
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  GroupOptions,
  LogRecord,
  OutRecord,
  Reader,
  ReaderOptions,
  StreamError,
  TopicPartition,
  Transport,
} from '@stream/core/adapter'
import { type KafkaBroker, sharedKafka } from '@stream-internal/kafka-harness'
import { type RdkafkaOptions, rdkafka } from '../src/index.ts'

/** Names of topics, groups and ids that no other test file and no other run uses. */
let count = 0
export function fresh(what: string): string {
  return `${what}-${process.pid}-${Date.now().toString(36)}-${count++}`
}

/** A broker and transports on it, closed together. */
export class KafkaFixture {
  readonly broker: KafkaBroker
  private readonly transports: Transport[] = []
  readonly logged: string[] = []

  private constructor(broker: KafkaBroker) {
    this.broker = broker
  }

  static async start(broker?: KafkaBroker): Promise<KafkaFixture> {
    return new KafkaFixture(broker ?? (await sharedKafka()))
  }

  async transport(options: Partial<RdkafkaOptions> = {}): Promise<Transport> {
    const transport = rdkafka({ brokers: this.broker.brokers, ...options })
    this.transports.push(transport)
    await transport.open({ log: (level, message) => this.logged.push(`${level} ${message}`) })
    return transport
  }

  async topic(admin: Admin, partitions: number, configs: Record<string, string> = {}): Promise<string> {
    const name = fresh('topic')
    await admin.createTopics([{ name, partitions, replicationFactor: 1, configs }])
    return name
  }

  async close(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()))
    await this.broker.close()
  }
}

export const readerOptions: ReaderOptions = {
  isolation: 'read_committed',
  maxPollBytes: 4 << 20,
  maxPartitionBytes: 1 << 20,
  fetchWaitMs: 100,
}

export function groupOptions(
  groupId: string,
  topics: readonly string[],
  more: Partial<GroupOptions> = {},
): GroupOptions {
  return {
    groupId,
    topics,
    rebalance: 'eager',
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 200,
    rebalanceTimeoutMs: 8000,
    ...readerOptions,
    ...more,
  }
}

export function record(key: string | null, value: string | null, timestamp: number = Date.now()): OutRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp,
  }
}

export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString()
}

/** Reads a partition from `offset` to its log end; every batch, in order. Under read_committed that waits for commit markers. */
export async function readAll(reader: Reader, at: TopicPartition, offset: number = 0): Promise<Fetched[]> {
  const [end] = await reader.endOffsets([at], 'read_uncommitted')
  reader.assign([{ ...at, offset }])
  const batches: Fetched[] = []
  for (let next = offset; next < (end?.offset ?? 0); ) {
    for (const batch of await reader.poll({ maxWaitMs: 1000 })) {
      if (batch.error !== undefined) throw batch.error
      batches.push(batch)
      next = batch.nextOffset
    }
  }
  reader.unassign([at])
  return batches
}

export function recordsOf(batches: readonly Fetched[]): LogRecord[] {
  return batches.flatMap((batch) => [...batch.records])
}

/** A listener that writes down what happens, and positions what it gets at its committed offset, else at 0. */
export class RecordingListener implements GroupListener {
  readonly events: string[] = []
  readonly errors: StreamError[] = []
  group: GroupHandle | undefined
  userData: Uint8Array | undefined
  consumer: GroupConsumer | undefined
  owned: readonly TopicPartition[] = []
  onRevoking: () => Promise<void> = () => Promise.resolve()
  private waiting: { test: () => boolean; resolve: () => void }[] = []

  async onAssign(partitions: readonly TopicPartition[], group: GroupHandle, userData?: Uint8Array): Promise<void> {
    this.group = group
    this.userData = userData
    this.owned = partitions
    const committed = (await this.consumer?.committed(partitions)) ?? []
    this.consumer?.seek(committed.map((one) => ({ ...one, offset: one.offset ?? 0 })))
    this.note(`assign ${names(partitions)}`)
  }

  async onRevoke(partitions: readonly TopicPartition[]): Promise<void> {
    this.note(`revoking ${names(partitions)}`)
    await this.onRevoking()
    this.owned = []
    this.note(`revoked ${names(partitions)}`)
  }

  onLost(partitions: readonly TopicPartition[]): void {
    this.owned = []
    this.note(`lost ${names(partitions)}`)
  }

  onError(error: StreamError): void {
    this.errors.push(error)
    this.note(`error ${error.code}`)
  }

  /** Resolves as soon as `test` holds after an event. */
  until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push({ test, resolve }))
  }

  seen(event: string): Promise<void> {
    return this.until(() => this.events.some((one) => one.startsWith(event)))
  }

  note(event: string): void {
    this.events.push(event)
    this.waiting = this.waiting.filter((one) => {
      if (!one.test()) return true
      one.resolve()
      return false
    })
  }
}

export function join(
  transport: Transport,
  options: GroupOptions,
): { consumer: GroupConsumer; listener: RecordingListener } {
  const listener = new RecordingListener()
  const consumer = transport.group(options, listener)
  listener.consumer = consumer
  return { consumer, listener }
}

function names(partitions: readonly TopicPartition[]): string {
  return partitions
    .map((one) => one.partition)
    .toSorted((a, b) => a - b)
    .join(',')
}
