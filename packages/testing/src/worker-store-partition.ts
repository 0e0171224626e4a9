import type {
  ByteRange,
  MaybePromise,
  Row,
  StorePartition,
  StorePartitionId,
  StorePosition,
} from '@stream/core/adapter'

/** Whether the worker that a partition belongs to is dead. */
export interface Life {
  isOver: boolean
}

/** A partition of a store as one worker has it: it answers as long as the worker lives. */
export class WorkerStorePartition implements StorePartition {
  readonly id: StorePartitionId
  readonly range?: (range: ByteRange, limit: number) => MaybePromise<readonly Row[]>
  readonly #inner: StorePartition
  readonly #life: Life
  readonly #onClosed: () => void

  constructor(inner: StorePartition, life: Life, onClosed: () => void) {
    this.id = inner.id
    this.#inner = inner
    this.#life = life
    this.#onClosed = onClosed
    const range = inner.range?.bind(inner)
    if (range !== undefined) this.range = (bounds, limit) => this.#alive(() => range(bounds, limit))
  }

  /** What the store itself knows the partition as. */
  static innerOf(partition: StorePartition): StorePartition {
    return #inner in partition ? partition.#inner : partition
  }

  get position(): StorePosition | undefined {
    return this.#inner.position
  }

  get(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    return this.#alive(() => this.#inner.get(key))
  }

  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    return this.#alive(() => this.#inner.getMany(keys))
  }

  count(): MaybePromise<{ readonly rows: number; readonly exact: boolean }> {
    return this.#alive(() => this.#inner.count())
  }

  close(): Promise<void> {
    return this.#alive(() => {
      this.#onClosed()
      return this.#inner.close()
    })
  }

  destroy(): Promise<void> {
    return this.#alive(() => {
      this.#onClosed()
      return this.#inner.destroy()
    })
  }

  #alive<T>(call: () => T): T | Promise<never> {
    return this.#life.isOver ? new Promise<never>(() => undefined) : call()
  }
}
