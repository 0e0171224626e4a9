const pageShift = 13
const pageSlots = 1 << pageShift
const smallestSlots = 16
const none = -1

/**
 * Where each row lies, by a number that it keeps for as long as it lives: rows move, what refers to them does not notice. Pages of
 * integers, so that growing copies a page at most.
 */
export class SlotTable {
  /** Segment and offset of each slot; of a free one: -1 and the next free slot. */
  readonly #pages: Int32Array[] = [new Int32Array(smallestSlots * 2)]
  #taken = 0
  #nextFree: number = none

  /** One more than the highest slot that was ever taken. */
  get end(): number {
    return this.#taken
  }

  /** The segment a row lies in, or -1 where the slot is free. */
  segmentOf(slot: number): number {
    return (this.#pages[slot >> pageShift] as Int32Array)[(slot & (pageSlots - 1)) << 1] as number
  }

  offsetOf(slot: number): number {
    return (this.#pages[slot >> pageShift] as Int32Array)[((slot & (pageSlots - 1)) << 1) + 1] as number
  }

  put(slot: number, segment: number, offset: number): void {
    const page = this.#pages[slot >> pageShift] as Int32Array
    const at = (slot & (pageSlots - 1)) << 1
    page[at] = segment
    page[at + 1] = offset
  }

  take(): number {
    const free = this.#nextFree
    if (free !== none) {
      this.#nextFree = this.offsetOf(free)
      return free
    }
    const slot = this.#taken
    const page = slot >> pageShift
    if (page === this.#pages.length) this.#pages.push(new Int32Array(pageSlots * 2))
    const slots = this.#pages[page] as Int32Array
    if ((slot & (pageSlots - 1)) << 1 === slots.length) {
      const grown = new Int32Array(slots.length * 2)
      grown.set(slots)
      this.#pages[page] = grown
    }
    this.#taken++
    return slot
  }

  free(slot: number): void {
    this.put(slot, none, this.#nextFree)
    this.#nextFree = slot
  }
}
