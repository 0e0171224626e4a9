const chunkSlots = 512
/** A chunk this small joins a neighbour where both together leave room. */
const fewSlots = chunkSlots / 4
/** So many changes nobody asked a range for, or twice as many as there are rows, and the order is given up. */
const mostUnasked = 65_536

/** The rows to be ordered. */
export interface OrderedRows {
  /** One more than the highest slot that was ever used. */
  readonly endSlot: number
  holds(slot: number): boolean
  key(slot: number): Uint8Array
  compareKey(key: Uint8Array, slot: number): number
}

interface Chunk {
  readonly slots: Int32Array
  size: number
}

/**
 * The slots of a partition in the order of their keys, made slot by slot once a range is asked for, and then kept up: a table that is
 * never ranged over pays nothing. A tree of two levels: chunks of up to 512 slots, so that a new key moves a few hundred numbers, and the
 * list of them.
 */
export class KeyOrder {
  readonly #rows: OrderedRows
  readonly #chunks: Chunk[] = []
  /** Slots below this are in here, or free. */
  #reached = 0
  #isWanted = false
  #unasked = 0

  constructor(rows: OrderedRows) {
    this.#rows = rows
  }

  /** Takes in up to `count` more slots; true when all are in here. */
  extend(count: number): boolean {
    this.#isWanted = true
    this.#unasked = 0
    const rows = this.#rows
    const end = Math.min(rows.endSlot, this.#reached + count)
    for (; this.#reached < end; this.#reached++) {
      if (rows.holds(this.#reached)) this.#insert(rows.key(this.#reached), this.#reached)
    }
    return end === rows.endSlot
  }

  /** Tells of a new row. */
  added(key: Uint8Array, slot: number): void {
    if (!this.#isWanted) return
    if (slot < this.#reached) this.#insert(key, slot)
    // Where nothing waits to be taken in, a row at the end keeps it so.
    else if (slot === this.#reached && slot + 1 === this.#rows.endSlot) {
      this.#insert(key, slot)
      this.#reached++
    }
    this.#noteChange()
  }

  /** Tells of a row that is about to go. */
  removing(key: Uint8Array, slot: number): void {
    if (!this.#isWanted) return
    if (slot < this.#reached) this.#remove(key)
    this.#noteChange()
  }

  /** Slots from the first key >= `gte` (undefined: the first of all) to the last one < `lt`, at most `limit`. */
  ascending(gte: Uint8Array | undefined, lt: Uint8Array | undefined, limit: number): number[] {
    const found: number[] = []
    if (this.#chunks.length === 0) return found
    let at = gte === undefined ? 0 : this.#chunkOf(gte)
    let index = gte === undefined ? 0 : this.#firstAtLeast(this.#chunks[at] as Chunk, gte)
    for (; at < this.#chunks.length; at++, index = 0) {
      const { slots, size } = this.#chunks[at] as Chunk
      for (; index < size; index++) {
        const slot = slots[index] as number
        if (found.length >= limit || (lt !== undefined && this.#rows.compareKey(lt, slot) <= 0)) return found
        found.push(slot)
      }
    }
    return found
  }

  /** Slots from the last key < `lt` (undefined: the last of all) down to the first one >= `gte`, at most `limit`. */
  descending(gte: Uint8Array | undefined, lt: Uint8Array | undefined, limit: number): number[] {
    const found: number[] = []
    if (this.#chunks.length === 0) return found
    let at = lt === undefined ? this.#chunks.length - 1 : this.#chunkOf(lt)
    let chunk = this.#chunks[at] as Chunk
    let index = (lt === undefined ? chunk.size : this.#firstAtLeast(chunk, lt)) - 1
    for (;;) {
      for (; index >= 0; index--) {
        const slot = chunk.slots[index] as number
        if (found.length >= limit || (gte !== undefined && this.#rows.compareKey(gte, slot) > 0)) return found
        found.push(slot)
      }
      if (at === 0) return found
      chunk = this.#chunks[--at] as Chunk
      index = chunk.size - 1
    }
  }

  #noteChange(): void {
    if (++this.#unasked <= mostUnasked || this.#unasked <= this.#rows.endSlot * 2) return
    this.#isWanted = false
    this.#chunks.length = 0
    this.#reached = 0
  }

  #insert(key: Uint8Array, slot: number): void {
    if (this.#chunks.length === 0) this.#chunks.push({ slots: new Int32Array(chunkSlots), size: 0 })
    let at = this.#chunkOf(key)
    let chunk = this.#chunks[at] as Chunk
    let index = this.#firstAtLeast(chunk, key)
    if (chunk.size === chunkSlots) {
      // Keys that come in order leave full chunks behind.
      const isLast = at === this.#chunks.length - 1 && index === chunkSlots
      const kept = isLast ? chunkSlots : chunkSlots / 2
      const next = splitOff(chunk, kept)
      this.#chunks.splice(at + 1, 0, next)
      if (index > kept || isLast) {
        chunk = next
        index -= kept
        at++
      }
    }
    chunk.slots.copyWithin(index + 1, index, chunk.size)
    chunk.slots[index] = slot
    chunk.size++
  }

  #remove(key: Uint8Array): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at] as Chunk
    const index = this.#firstAtLeast(chunk, key)
    chunk.slots.copyWithin(index, index + 1, chunk.size)
    chunk.size--
    if (chunk.size < fewSlots) this.#join(at)
  }

  #join(at: number): void {
    const chunk = this.#chunks[at] as Chunk
    if (chunk.size === 0) {
      this.#chunks.splice(at, 1)
      return
    }
    const first = at === 0 ? 0 : at - 1
    const [before, behind] = [this.#chunks[first], this.#chunks[first + 1]]
    if (before === undefined || behind === undefined || before.size + behind.size > chunkSlots / 2) return
    before.slots.set(behind.slots.subarray(0, behind.size), before.size)
    before.size += behind.size
    this.#chunks.splice(first + 1, 1)
  }

  /** The last chunk whose first key is <= `key`; the first one where the key lies before all of them. */
  #chunkOf(key: Uint8Array): number {
    let low = 1
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#rows.compareKey(key, (this.#chunks[middle] as Chunk).slots[0] as number) >= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #firstAtLeast({ slots, size }: Chunk, key: Uint8Array): number {
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#rows.compareKey(key, slots[middle] as number) > 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function splitOff(chunk: Chunk, kept: number): Chunk {
  const next: Chunk = { slots: new Int32Array(chunkSlots), size: chunk.size - kept }
  next.slots.set(chunk.slots.subarray(kept, chunk.size))
  chunk.size = kept
  return next
}
