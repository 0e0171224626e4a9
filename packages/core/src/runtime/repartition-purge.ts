import type { Clock, Timer } from '../service/index.ts'
import type { Admin, TopicPartitionOffset } from '../transport/index.ts'
import type { Task } from './task.ts'

/** What purging needs of the engine. */
export interface PurgeOptions {
  readonly clock: Clock
  readonly admin: Pick<Admin, 'deleteRecords'>
  readonly intervalMs: number
  readonly tasks: () => Iterable<Pick<Task, 'inputs'>>
  readonly onError: (error: unknown) => void
}

/** Removes records of repartition topics below what is committed: nobody will read them again. */
export class RepartitionPurge {
  readonly #options: PurgeOptions
  readonly #purged = new Map<string, number>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: PurgeOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.setTimer(this.#options.intervalMs, () => {
      void this.#purge().finally(() => this.start())
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #purge(): Promise<void> {
    const before: TopicPartitionOffset[] = []
    for (const task of this.#options.tasks()) {
      for (const input of task.inputs) {
        if (input.declaration.role !== 'repartition') continue
        if (input.committed <= (this.#purged.get(`${input.topic}/${input.partition}`) ?? 0)) continue
        before.push({ topic: input.topic, partition: input.partition, offset: input.committed })
      }
    }
    if (before.length === 0) return
    try {
      await this.#options.admin.deleteRecords(before)
      for (const { topic, partition, offset } of before) this.#purged.set(`${topic}/${partition}`, offset)
    } catch (error) {
      // The stop closes the client under a purge that is on its way; the next owner of the partition purges again.
      if (!this.#isStopped) this.#options.onError(error)
    }
  }
}
