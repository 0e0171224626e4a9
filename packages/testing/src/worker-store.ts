import type {
  MaybePromise,
  Store,
  StoreContext,
  StorePartition,
  StorePartitionId,
  StoreSupports,
  StoreWrite,
} from '@stream/core/adapter'
import { type Life, WorkerStorePartition } from './worker-store-partition.ts'

/**
 * A store as one worker has it. When the worker dies, no call of it reaches the store any more, and none answers; its partitions are
 * let go, as the system does for a process, so that a store which outlives the worker can be opened by the next one.
 */
export class WorkerStore implements Store {
  readonly contract: number
  readonly name: string
  readonly supports: StoreSupports
  readonly maxKeyBytes?: number
  readonly maxValueBytes?: number
  readonly #store: Store
  readonly #life: Life = { isOver: false }
  readonly #open: Set<StorePartition> = new Set()

  constructor(store: Store) {
    this.#store = store
    this.contract = store.contract
    this.name = store.name
    this.supports = store.supports
    if (store.maxKeyBytes !== undefined) this.maxKeyBytes = store.maxKeyBytes
    if (store.maxValueBytes !== undefined) this.maxValueBytes = store.maxValueBytes
  }

  start(context: StoreContext): Promise<void> {
    return this.#alive(() => this.#store.start(context))
  }

  async open(id: StorePartitionId): Promise<StorePartition> {
    const partition = await this.#alive(() => this.#store.open(id))
    this.#open.add(partition)
    return new WorkerStorePartition(partition, this.#life, () => this.#open.delete(partition))
  }

  apply(writes: readonly StoreWrite[]): MaybePromise<void> {
    return this.#alive(() =>
      this.#store.apply(
        writes.map((write) => ({ ...write, partition: WorkerStorePartition.innerOf(write.partition) })),
      ),
    )
  }

  close(): Promise<void> {
    return this.#alive(() => this.#store.close())
  }

  /** The worker is dead. */
  async kill(): Promise<void> {
    this.#life.isOver = true
    const open = [...this.#open]
    this.#open.clear()
    await Promise.all(open.map((partition) => partition.close()))
  }

  #alive<T>(call: () => T): T | Promise<never> {
    return this.#life.isOver ? new Promise<never>(() => undefined) : call()
  }
}
