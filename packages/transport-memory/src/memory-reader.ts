import type {
  Fetched,
  Isolation,
  Reader,
  ReaderOptions,
  TopicPartition,
  TopicPartitionOffset,
} from '@stream/core/adapter'
import { closed } from './broker-errors.ts'
import { FetchSession } from './fetch-session.ts'
import type { Link } from './link.ts'

/** How long a question about offsets waits for a log that is not available. */
const requestTimeoutMs = 30_000

/** Reads partitions of the embedded log without a group. */
export class MemoryReader implements Reader {
  readonly #link: Link
  readonly #fetch: FetchSession
  readonly #forget: () => void
  isClosed = false

  constructor(link: Link, options: ReaderOptions) {
    this.#link = link
    this.#fetch = new FetchSession(link, { ...options, manyPerPartition: true })
    this.#forget = link.onDeath(() => this.#fetch.clear())
  }

  assign(positions: readonly TopicPartitionOffset[]): void {
    for (const place of positions) this.#fetch.add(place)
    this.#fetch.seek(positions)
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#fetch.remove(partitions)
  }

  poll({ maxWaitMs }: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    if (this.isClosed) return Promise.reject(closed('This reader'))
    return this.#link.whileAlive(this.#fetch.poll(maxWaitMs, () => 0))
  }

  startOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    return this.#offsets(partitions, (topic, partition) => this.#link.broker.partition(topic, partition).logStart)
  }

  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<readonly TopicPartitionOffset[]> {
    return this.#offsets(partitions, (topic, partition) =>
      this.#link.broker.partition(topic, partition).visibleEnd(isolation),
    )
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.#fetch.clear()
    this.#fetch.interrupt()
    this.#forget()
  }

  #offsets(
    partitions: readonly TopicPartition[],
    offsetOf: (topic: string, partition: number) => number,
  ): Promise<readonly TopicPartitionOffset[]> {
    if (this.isClosed) return Promise.reject(closed('This reader'))
    return this.#link.whileAlive(
      this.#link.call({
        what: 'Listing offsets',
        timeoutMs: requestTimeoutMs,
        request: () =>
          partitions.map(({ topic, partition }) => ({ topic, partition, offset: offsetOf(topic, partition) })),
      }),
    )
  }
}
