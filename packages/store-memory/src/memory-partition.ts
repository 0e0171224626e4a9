import {
  type ByteRange,
  type MaybePromise,
  type Row,
  type RowWrite,
  type StorePartition,
  type StorePartitionId,
  type StorePosition,
  StreamError,
} from '@stream/core/adapter'
import type { PartitionRows } from './partition-rows.ts'

type Release = (options: { readonly destroy: boolean }) => Promise<void>

/** A handle on the rows of one partition; it ends with `close`, the rows do not. */
export class MemoryPartition implements StorePartition {
  readonly id: StorePartitionId
  readonly #rows: PartitionRows
  readonly #release: Release
  #isOpen = true
  #destroying: Promise<void> | undefined

  constructor(id: StorePartitionId, rows: PartitionRows, release: Release) {
    this.id = id
    this.#rows = rows
    this.#release = release
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get position(): StorePosition | undefined {
    return this.#rows.position
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (!this.#isOpen) this.assertOpen()
    return this.#rows.get(key)
  }

  getMany(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    this.assertOpen()
    return keys.map((key) => this.#rows.get(key))
  }

  /** A promise only while the order of a large partition is being made, which takes several turns of the event loop. */
  range(range: ByteRange, limit: number): MaybePromise<readonly Row[]> {
    this.assertOpen()
    return this.#rows.order() ? this.#rows.range(range, limit) : this.#rangeOnceOrdered(range, limit)
  }

  async #rangeOnceOrdered(range: ByteRange, limit: number): Promise<readonly Row[]> {
    do {
      await new Promise<void>((resolve) => setImmediate(resolve))
      this.assertOpen()
    } while (!this.#rows.order())
    return this.#rows.range(range, limit)
  }

  count(): { readonly rows: number; readonly exact: boolean } {
    this.assertOpen()
    return { rows: this.#rows.size, exact: true }
  }

  write(rows: readonly RowWrite[], position: StorePosition): void {
    this.#rows.write(rows, position)
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#release({ destroy: false })
  }

  async destroy(): Promise<void> {
    if (this.#destroying === undefined) this.assertOpen()
    this.#isOpen = false
    this.#destroying ??= this.#release({ destroy: true })
    await this.#destroying
  }

  assertOpen(): void {
    if (this.#isOpen) return
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: `Partition ${this.id.partition} of table ${this.id.table} is closed in the memory store: open it again before it is used.`,
      place: { table: this.id.table, partition: this.id.partition },
    })
  }
}
