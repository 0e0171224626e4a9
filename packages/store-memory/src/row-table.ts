const smallestCapacity = 16

/**
 * A hash table from key bytes to value bytes: open addressing with linear probing over integer slots. It costs about two thirds of a
 * `Map` keyed by strings, holds no second copy of the keys, and has no limit at 2^24 entries.
 */
export class RowTable {
  /** Different in each table, so that nobody can choose keys that collide; never visible in an order of rows. */
  readonly #seed = Math.trunc(Math.random() * 0x7fffffff)
  /** Row number + 1, or 0 where the slot is free. */
  #slots = new Int32Array(smallestCapacity)
  #mask: number = smallestCapacity - 1
  #hashes = new Int32Array(smallestCapacity)
  #keys: (Uint8Array | undefined)[] = []
  #values: (Uint8Array | undefined)[] = []
  #freeRows: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const slot = this.#find(key, this.#hash(key))
    return slot < 0 ? undefined : this.#values[(this.#slots[slot] as number) - 1]
  }

  /** The key as it is kept, a copy, where it is new; the value is kept as it is. */
  set(key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
    const hash = this.#hash(key)
    const slot = this.#find(key, hash)
    if (slot >= 0) {
      this.#values[(this.#slots[slot] as number) - 1] = value
      return undefined
    }
    const row = this.#freeRows.pop() ?? this.#keys.length
    if (row >= this.#hashes.length) this.#growHashes()
    const kept = new Uint8Array(key)
    this.#keys[row] = kept
    this.#values[row] = value
    this.#hashes[row] = hash
    this.#slots[-1 - slot] = row + 1
    this.#size++
    if (this.#size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    return kept
  }

  /** True where there was such a row. */
  delete(key: Uint8Array): boolean {
    const slot = this.#find(key, this.#hash(key))
    if (slot < 0) return false
    const row = (this.#slots[slot] as number) - 1
    this.#keys[row] = undefined
    this.#values[row] = undefined
    this.#size--
    this.#closeGap(slot)
    if (this.#size === 0) this.#reset()
    else this.#freeRows.push(row)
    return true
  }

  /** All keys, in no order. */
  keys(): Uint8Array[] {
    return this.#keys.filter((key) => key !== undefined)
  }

  /** FNV-1a, mixed once more because only the low bits choose the slot. */
  #hash(key: Uint8Array): number {
    let hash = this.#seed
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193)
    hash ^= key.length
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 0
  }

  /** The slot of the key, or `-1 - slot` of the free one where it belongs. */
  #find(key: Uint8Array, hash: number): number {
    const slots = this.#slots
    const hashes = this.#hashes
    const mask = this.#mask
    const length = key.length
    let slot = (hash ^ (hash >>> 13)) & mask
    for (;;) {
      const entry = slots[slot] as number
      if (entry === 0) return -1 - slot
      if (hashes[entry - 1] === hash) {
        const other = this.#keys[entry - 1] as Uint8Array
        if (other.length === length) {
          let i = 0
          while (i < length && other[i] === key[i]) i++
          if (i === length) return slot
        }
      }
      slot = (slot + 1) & mask
    }
  }

  /** Moves later entries of the probe sequence up, so that no search ends too early and no markers of dead rows pile up. */
  #closeGap(freed: number): void {
    const mask = this.#mask
    let gap = freed
    let slot = (gap + 1) & mask
    for (;;) {
      const entry = this.#slots[slot] as number
      if (entry === 0) break
      const hash = this.#hashes[entry - 1] as number
      const home = (hash ^ (hash >>> 13)) & mask
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        this.#slots[gap] = entry
        gap = slot
      }
      slot = (slot + 1) & mask
    }
    this.#slots[gap] = 0
  }

  #resize(capacity: number): void {
    const mask = capacity - 1
    const slots = new Int32Array(capacity)
    for (let row = 0; row < this.#keys.length; row++) {
      if (this.#keys[row] === undefined) continue
      const hash = this.#hashes[row] as number
      let slot = (hash ^ (hash >>> 13)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = row + 1
    }
    this.#slots = slots
    this.#mask = mask
  }

  #growHashes(): void {
    const grown = new Int32Array(this.#hashes.length * 2)
    grown.set(this.#hashes)
    this.#hashes = grown
  }

  #reset(): void {
    this.#slots = new Int32Array(smallestCapacity)
    this.#mask = smallestCapacity - 1
    this.#hashes = new Int32Array(smallestCapacity)
    this.#keys = []
    this.#values = []
    this.#freeRows = []
  }
}
