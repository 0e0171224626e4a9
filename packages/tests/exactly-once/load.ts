import { setTimeout as delay } from 'node:timers/promises'
import type { OutRecord, Producer, Transport } from '@stream/core/adapter'
import { partitionOfKey } from '../src/cluster/index.ts'
import type { Schedule } from './schedule.ts'

/** A record of the input. */
export interface Input {
  /** Counts all records of the input, from 0. */
  readonly n: number
  readonly key: string
  readonly amount: number
  readonly group: string
}

const keys = 40
const groups = 11

/** How much comes in. */
export interface Pace {
  readonly everyMs: number
  readonly perBatch: number
}

/** Records that keep coming until they are told to stop. */
export class Load {
  sent = 0
  readonly #producer: Producer
  readonly #done: Promise<void>
  #isStopped = false

  constructor(
    transport: Transport,
    topic: string,
    partitions: number,
    schedule: Schedule,
    pace: Pace = { everyMs: 20, perBatch: 10 },
  ) {
    this.#producer = transport.producer({ deliveryTimeoutMs: 60_000 })
    this.#done = this.#run(topic, partitions, schedule, pace)
    // Told by stop(); until then nobody listens.
    this.#done.catch(() => undefined)
  }

  /** Resolves with the number of records when all of them are in the log. */
  async stop(): Promise<number> {
    this.#isStopped = true
    await this.#done
    await this.#producer.close()
    return this.sent
  }

  async #run(topic: string, partitions: number, schedule: Schedule, { everyMs, perBatch }: Pace): Promise<void> {
    while (!this.#isStopped) {
      const batches = new Map<number, OutRecord[]>()
      for (let i = 0; i < perBatch; i++) {
        const key = `k${schedule.between(0, keys - 1)}`
        const value: Input = {
          n: this.sent + i,
          key,
          amount: schedule.between(-50, 100),
          group: `g${schedule.between(0, groups - 1)}`,
        }
        const partition = partitionOfKey(key, partitions)
        const batch = batches.get(partition) ?? []
        batches.set(partition, batch)
        const bytes = Buffer.from(JSON.stringify(value))
        batch.push({ key: Buffer.from(key), value: bytes, timestamp: Date.now(), headers: [] })
      }
      await this.#producer.send([...batches].map(([partition, records]) => ({ topic, partition, records })))
      this.sent += perBatch
      await delay(everyMs)
    }
  }
}
