import type { ByteRange, Row, RowWrite, StorePosition } from '@stream/core/adapter'
import { KeyIndex } from './key-index.ts'
import { KeyOrder } from './key-order.ts'
import { RowImage } from './row-image.ts'
import { RowSpace } from './row-space.ts'

/** How many rows are put in order before the event loop gets a turn; some milliseconds of work. */
const rowsPerTurn = 8192

/** Rows and position of one partition; they outlive the handles that are opened on them. What is handed out are copies. */
export class PartitionRows {
  readonly #space: RowSpace = new RowSpace()
  readonly #index: KeyIndex = new KeyIndex(this.#space)
  readonly #order: KeyOrder = new KeyOrder(this.#space)
  #size = 0
  /** While one is being taken. */
  #image: RowImage | undefined
  position: StorePosition | undefined

  get size(): number {
    return this.#size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const slot = this.#index.find(key, this.#index.hash(key))
    return slot < 0 ? undefined : this.#space.value(slot)
  }

  write(writes: readonly RowWrite[], position: StorePosition): void {
    const image = this.#image
    if (image !== undefined) this.#eachSlot(writes, (slot) => image.changing(slot))
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i] as RowWrite
      if (write[1] === null) this.#delete(write[0])
      else this.#set(write[0], write[1])
    }
    if (image !== undefined) this.#eachSlot(writes, (slot) => image.changed(slot))
    this.position = position
    this.#space.tidy()
  }

  /** Begins to take out the rows as they are now; one image at a time, until `endImage`. */
  beginImage(): RowImage {
    this.#image = new RowImage(this.#space)
    return this.#image
  }

  endImage(): void {
    this.#image = undefined
  }

  #eachSlot(writes: readonly RowWrite[], visit: (slot: number) => void): void {
    for (const [key] of writes) {
      const slot = this.#index.find(key, this.#index.hash(key))
      if (slot >= 0) visit(slot)
    }
  }

  #set(key: Uint8Array, value: Uint8Array): void {
    const hash = this.#index.hash(key)
    const found = this.#index.find(key, hash)
    if (found >= 0) {
      this.#space.replace(found, value)
      return
    }
    const slot = this.#space.add(key, value)
    this.#index.add(hash, slot)
    this.#order.added(key, slot)
    this.#size++
  }

  #delete(key: Uint8Array): void {
    const hash = this.#index.hash(key)
    const slot = this.#index.find(key, hash)
    if (slot < 0) return
    this.#order.removing(key, slot)
    this.#index.remove(hash, slot)
    this.#space.remove(slot)
    this.#size--
  }

  /** Works on the order that ranges need, for a bounded time; true when it is made, and `range` may be asked. */
  order(): boolean {
    return this.#order.extend(rowsPerTurn)
  }

  range(range: ByteRange, limit: number): readonly Row[] {
    const { gte, lt } = range
    const slots = range.reverse ? this.#order.descending(gte, lt, limit) : this.#order.ascending(gte, lt, limit)
    return slots.map((slot) => [this.#space.key(slot), this.#space.value(slot)])
  }
}
