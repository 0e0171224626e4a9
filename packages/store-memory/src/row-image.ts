import type { RowSpace } from './row-space.ts'

/** About this many bytes of rows make a frame; a larger row has one of its own. */
const frameBytes = 128 * 1024
/** Slots that are looked at in one go, where they are free or their rows are small. */
const slotsPerStep = 4096
/** In front of each row: the bytes of its key, the bytes of its value. */
const lengthsBytes = 8

/**
 * The rows of a partition as they are at one moment, taken out step by step while writes go on. Before a write, the row it changes is taken
 * out early; what comes later is passed over. Rows come in no order.
 */
export class RowImage {
  readonly #space: RowSpace
  readonly #end: number
  /** A bit for each slot that has been dealt with ahead of its turn. */
  readonly #dealtWith: Uint8Array
  readonly #full: Uint8Array[] = []
  #frame = Buffer.allocUnsafe(frameBytes)
  #used = 0
  #next = 0
  #rowCount = 0

  constructor(space: RowSpace) {
    this.#space = space
    this.#end = space.endSlot
    this.#dealtWith = new Uint8Array((this.#end + 7) >> 3)
  }

  /** Rows taken out so far. */
  get rowCount(): number {
    return this.#rowCount
  }

  /** Takes out some more rows; false when there are none left. */
  step(): boolean {
    const end = Math.min(this.#end, this.#next + slotsPerStep)
    for (; this.#next < end && this.#full.length === 0; this.#next++) {
      if (!this.#isDealtWith(this.#next) && this.#space.holds(this.#next)) this.#put(this.#next)
    }
    return this.#next < this.#end
  }

  /** Before the row of the slot changes or goes. */
  changing(slot: number): void {
    if (!this.#awaits(slot)) return
    this.#put(slot)
    this.#passOver(slot)
  }

  /** After a row was written to the slot. */
  changed(slot: number): void {
    if (this.#awaits(slot)) this.#passOver(slot)
  }

  /** What was taken out since the last call, as frames of whole rows. */
  takeFrames(options: { readonly last: boolean }): readonly Uint8Array[] {
    if (options.last && this.#used > 0) this.#closeFrame()
    return this.#full.splice(0)
  }

  #awaits(slot: number): boolean {
    return slot >= this.#next && slot < this.#end && !this.#isDealtWith(slot)
  }

  #isDealtWith(slot: number): boolean {
    return ((this.#dealtWith[slot >> 3] as number) & (1 << (slot & 7))) !== 0
  }

  #passOver(slot: number): void {
    this.#dealtWith[slot >> 3] = (this.#dealtWith[slot >> 3] as number) | (1 << (slot & 7))
  }

  #put(slot: number): void {
    const { bytes, start, keyBytes, valueBytes } = this.#space.locate(slot)
    const size = lengthsBytes + keyBytes + valueBytes
    if (this.#used > 0 && this.#used + size > frameBytes) this.#closeFrame()
    if (size > this.#frame.length) this.#frame = Buffer.allocUnsafeSlow(size)
    this.#frame.writeUInt32LE(keyBytes, this.#used)
    this.#frame.writeUInt32LE(valueBytes, this.#used + 4)
    this.#frame.set(bytes.subarray(start, start + keyBytes + valueBytes), this.#used + lengthsBytes)
    this.#used += size
    this.#rowCount++
    if (this.#used >= frameBytes) this.#closeFrame()
  }

  #closeFrame(): void {
    this.#full.push(this.#frame.subarray(0, this.#used))
    this.#frame = Buffer.allocUnsafe(frameBytes)
    this.#used = 0
  }
}

/** The rows of a frame, as views of it. */
export function rowsOfFrame(frame: Buffer): readonly (readonly [key: Uint8Array, value: Uint8Array])[] {
  const rows: (readonly [Uint8Array, Uint8Array])[] = []
  for (let at = 0; at < frame.length; ) {
    const value = at + lengthsBytes + frame.readUInt32LE(at)
    const end = value + frame.readUInt32LE(at + 4)
    rows.push([frame.subarray(at + lengthsBytes, value), frame.subarray(value, end)])
    at = end
  }
  return rows
}
