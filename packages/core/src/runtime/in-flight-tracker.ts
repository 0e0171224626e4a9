/**
 * The records of one input that were started and are not complete, in offset order: a ring buffer, without an allocation per record.
 * Its position is the lowest offset that is not complete, or behind everything; it steps over holes, never over an unfinished record.
 */
export class InFlightTracker {
  #offsets: Float64Array = new Float64Array(64)
  /** Position once the slot and all before it are complete: the next offset, or behind the batch after its last record. */
  #next: Float64Array = new Float64Array(64)
  #remaining: Uint32Array = new Uint32Array(64)
  #startedAtMs: Float64Array = new Float64Array(64)
  #mask = 63
  #head = 0
  #tail = 0
  #position: number

  constructor(position: number) {
    this.#position = position
  }

  /** Next offset to commit. */
  get position(): number {
    return this.#position
  }

  get size(): number {
    return this.#tail - this.#head
  }

  get isEmpty(): boolean {
    return this.#head === this.#tail
  }

  /** The lowest unfinished record; undefined when nothing is in flight. */
  oldest(): { readonly offset: number; readonly startedAtMs: number } | undefined {
    if (this.#head === this.#tail) return undefined
    const index = this.#head & this.#mask
    return { offset: this.#offsets[index]!, startedAtMs: this.#startedAtMs[index]! }
  }

  /** Moves the position over what was complete at once; only while nothing is in flight. */
  pass(next: number): void {
    this.#position = next
  }

  /** Moves the position behind a hole at the end of what was started. */
  passHole(next: number): void {
    if (this.#head === this.#tail) this.#position = next
    else this.#next[(this.#tail - 1) & this.#mask] = next
  }

  /** Starts a record that is not complete at once; returns its slot. `parts`: how many consumers have to finish it. */
  start(offset: number, next: number, parts: number, nowMs: number): number {
    if (this.#tail - this.#head > this.#mask) this.#grow()
    const index = this.#tail & this.#mask
    this.#offsets[index] = offset
    this.#next[index] = next
    this.#remaining[index] = parts
    this.#startedAtMs[index] = nowMs
    return this.#tail++
  }

  /** More work belongs to the record: messages it sent to channels. */
  add(slot: number, parts: number): void {
    const index = slot & this.#mask
    this.#remaining[index] = this.#remaining[index]! + parts
  }

  /** When the record of an unfinished slot was started. */
  startedAtMs(slot: number): number {
    return this.#startedAtMs[slot & this.#mask]!
  }

  /** Whether the slot is the lowest unfinished record and lacks only one part. */
  isLastPartOfOldest(slot: number): boolean {
    return slot === this.#head && this.#remaining[slot & this.#mask] === 1
  }

  /** One part is done; true when that completes the record. */
  finish(slot: number): boolean {
    const index = slot & this.#mask
    const remaining = this.#remaining[index]! - 1
    this.#remaining[index] = remaining
    if (remaining > 0) return false
    while (this.#head < this.#tail && this.#remaining[this.#head & this.#mask] === 0) {
      this.#position = this.#next[this.#head & this.#mask]!
      this.#head++
    }
    return true
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2
    const mask = capacity - 1
    const offsets = new Float64Array(capacity)
    const next = new Float64Array(capacity)
    const remaining = new Uint32Array(capacity)
    const startedAtMs = new Float64Array(capacity)
    for (let slot = this.#head; slot < this.#tail; slot++) {
      offsets[slot & mask] = this.#offsets[slot & this.#mask]!
      next[slot & mask] = this.#next[slot & this.#mask]!
      remaining[slot & mask] = this.#remaining[slot & this.#mask]!
      startedAtMs[slot & mask] = this.#startedAtMs[slot & this.#mask]!
    }
    this.#offsets = offsets
    this.#next = next
    this.#remaining = remaining
    this.#startedAtMs = startedAtMs
    this.#mask = mask
  }
}
