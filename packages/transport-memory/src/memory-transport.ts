import {
  type Admin,
  type Committer,
  type CommitterOptions,
  contractVersion,
  type GroupConsumer,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  type Producer,
  type ProducerOptions,
  type Reader,
  type ReaderOptions,
  StreamError,
  type TopicPartition,
  type Transport,
  type TransportContext,
  type TransportSupports,
} from '@stream/core/adapter'
import { closed, unavailable } from './broker-errors.ts'
import { Link } from './link.ts'
import { MemoryAdmin } from './memory-admin.ts'
import { MemoryCommitter } from './memory-committer.ts'
import { MemoryGroupConsumer } from './memory-group-consumer.ts'
import type { MemoryLog } from './memory-log.ts'
import { MemoryProducer } from './memory-producer.ts'
import { MemoryReader } from './memory-reader.ts'
import type { SnapshotOptions } from './snapshot.ts'

/** What was opened and is closed with the transport. */
interface Part {
  readonly isClosed: boolean
  close(): Promise<void>
}

/** A way to an embedded log. Several transports on one log are what several processes on one cluster are. */
export class MemoryTransport implements Transport {
  readonly contract: number = contractVersion
  readonly name: string = 'memory'
  readonly supports: TransportSupports = Object.freeze({
    groupFencing: true,
    cooperative: true,
    assignor: true,
    staticMembership: true,
    producedOffsets: true,
    deleteRecords: true,
    describeConfigs: true,
  })
  /** The log behind this transport. */
  readonly log: MemoryLog
  /** Names this connection in {@link FaultContext} and to {@link MemoryLog.crash}. */
  readonly clientId: string
  readonly #snapshot: SnapshotOptions | undefined
  readonly #link: Link
  readonly #consumers: Set<MemoryGroupConsumer> = new Set()
  readonly #open: Set<Part> = new Set()
  #state: 'new' | 'open' | 'closed' = 'new'

  constructor(log: MemoryLog, snapshot?: SnapshotOptions) {
    this.log = log
    this.clientId = log.broker.nextClientId()
    this.#snapshot = snapshot
    this.#link = new Link(log.broker, this.clientId)
  }

  async open(context: TransportContext): Promise<void> {
    if (this.#state === 'closed') throw closed('This transport')
    if (!this.log.isAvailable) throw unavailable('Opening the memory transport')
    this.#link.reportTo(context.log)
    if (this.#snapshot !== undefined) await this.log.keepIn(this.#snapshot)
    if (this.#state === 'open') return
    this.#state = 'open'
    this.log.broker.attach(this.#link)
  }

  group(options: GroupOptions, listener: GroupListener): GroupConsumer {
    this.#check()
    for (const other of this.#consumers) if (other.isClosed) this.#consumers.delete(other)
    const consumer = new MemoryGroupConsumer(this.#link, options, listener)
    this.#consumers.add(consumer)
    return consumer
  }

  reader(options: ReaderOptions): Reader {
    this.#check()
    return this.#keep(new MemoryReader(this.#link, options))
  }

  producer(options: ProducerOptions): Producer {
    this.#check()
    return this.#keep(new MemoryProducer(this.#link, options))
  }

  committer(options: CommitterOptions): Committer {
    this.#check()
    return this.#keep(new MemoryCommitter(this.#link, options, this.#currentHandle))
  }

  admin(): Admin {
    this.#check()
    return this.#keep(new MemoryAdmin(this.#link))
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    if (!wasOpen || this.#link.isDead) return
    await Promise.all([...this.#consumers].map((consumer) => consumer.close({ leave: true })))
    await Promise.all([...this.#open].map((part) => part.close()))
    this.log.broker.detach(this.#link)
    if (this.#snapshot !== undefined) await this.log.saveSnapshot()
  }

  readonly #currentHandle = (handle: GroupHandle, places: readonly TopicPartition[]): GroupHandle => {
    for (const { membership } of this.#consumers) {
      const current = membership.current(handle, places)
      if (current !== handle) return current
    }
    return handle
  }

  #keep<T extends Part>(part: T): T {
    for (const other of this.#open) if (other.isClosed) this.#open.delete(other)
    this.#open.add(part)
    return part
  }

  #check(): void {
    if (this.#state === 'closed') throw closed('This transport')
    if (this.#state === 'open') return
    throw new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: 'The memory transport is not open yet. Await open() before anything else.',
    })
  }
}
