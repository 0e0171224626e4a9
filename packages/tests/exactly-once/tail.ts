import type { Reader, Transport } from '@stream/core/adapter'
import { readRecord } from '../src/cluster/index.ts'
import type { Input } from './load.ts'

/** Follows outputs as a read-committed reader, and tells how far they are. */
export class Tail {
  readonly #reader: Reader
  readonly #seen = new Map<string, Set<number>>()
  readonly #done: Promise<void>
  #isClosed = false

  constructor(transport: Transport, topics: readonly string[], partitions: number) {
    this.#reader = transport.reader({
      isolation: 'read_committed',
      maxPollBytes: 16 << 20,
      maxPartitionBytes: 4 << 20,
      fetchWaitMs: 100,
    })
    for (const topic of topics) {
      this.#seen.set(topic, new Set())
      const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
      this.#reader.assign(all)
    }
    this.#done = this.#run()
    this.#done.catch(() => undefined)
  }

  /** Inputs of which every output has a result. */
  get complete(): number {
    return Math.min(...[...this.#seen.values()].map((numbers) => numbers.size))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#done
    await this.#reader.close()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      for (const { topic, partition, records, error } of await this.#reader.poll({ maxWaitMs: 100 })) {
        if (error !== undefined) throw error
        for (const record of records) {
          const { n } = readRecord(partition, record).value as Input
          this.#seen.get(topic)!.add(n)
        }
      }
    }
  }
}
