const smallestBuckets = 16
/** A table of this many buckets splits where a smaller one doubles, so that no write ever waits for more than this to be moved. */
const largestBuckets = 1 << 14
/** Where the bits begin that choose a table; those below choose the bucket in it. */
const tableBit = 16
const mostTableBits = 16

interface Table {
  /** Hash and slot + 1 of each bucket; 0 instead of the latter where it is empty. */
  buckets: Int32Array
  mask: number
  size: number
  /** How many of the bits that choose a table are the same for all of its keys. */
  bits: number
}

/** Tells whether a slot's row has this key. */
export interface KeyHolder {
  hasKey(slot: number, key: Uint8Array): boolean
}

/**
 * Finds a key's slot: extendible hashing (Fagin et al., 1979) over tables with open addressing and linear probing. Growing moves one table
 * at a time, never all of them.
 */
export class KeyIndex {
  readonly #keys: KeyHolder
  /** Different in each index, so that nobody can choose keys that collide; never visible in an order of rows. */
  readonly #seed = Math.trunc(Math.random() * 0x7fffffff)
  #directory: Table[] = [newTable(smallestBuckets, 0)]

  constructor(keys: KeyHolder) {
    this.#keys = keys
  }

  /** FNV-1a, mixed at the end (as MurmurHash3 does) because tables and buckets are chosen by a few bits each. */
  hash(key: Uint8Array): number {
    let hash = this.#seed
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193)
    hash ^= hash >>> 16
    hash = Math.imul(hash, 0x85ebca6b)
    hash ^= hash >>> 13
    hash = Math.imul(hash, 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }

  /** The slot of the key, or -1. */
  find(key: Uint8Array, hash: number): number {
    const { buckets, mask } = this.#tableOf(hash)
    for (let bucket = hash & mask; ; bucket = (bucket + 1) & mask) {
      const entry = buckets[(bucket << 1) + 1] as number
      if (entry === 0) return -1
      if (buckets[bucket << 1] === hash && this.#keys.hasKey(entry - 1, key)) return entry - 1
    }
  }

  /** Adds a key that is not in here yet. */
  add(hash: number, slot: number): void {
    let table = this.#tableOf(hash)
    if ((table.size + 1) * 8 > (table.mask + 1) * 5) {
      this.#grow(table, hash)
      table = this.#tableOf(hash)
    }
    put(table, hash, slot + 1)
    table.size++
  }

  remove(hash: number, slot: number): void {
    const table = this.#tableOf(hash)
    const { buckets, mask } = table
    let bucket = hash & mask
    while (buckets[(bucket << 1) + 1] !== slot + 1) bucket = (bucket + 1) & mask
    closeGap(table, bucket)
    table.size--
    const shrunk = (mask + 1) >> 2
    if (shrunk >= smallestBuckets && table.size * 16 < mask + 1) resize(table, shrunk)
  }

  #tableOf(hash: number): Table {
    return this.#directory[(hash >>> tableBit) & (this.#directory.length - 1)] as Table
  }

  #grow(table: Table, hash: number): void {
    if (table.mask + 1 < largestBuckets || table.bits === mostTableBits) resize(table, (table.mask + 1) * 2)
    else this.#split(table, hash)
  }

  #split(table: Table, hash: number): void {
    if (1 << table.bits === this.#directory.length) this.#directory = this.#directory.concat(this.#directory)
    const former = table.buckets
    const bit = 1 << table.bits
    const other = newTable(table.mask + 1, ++table.bits)
    table.buckets = new Int32Array(former.length)
    table.size = 0
    for (let at = 0; at < former.length; at += 2) {
      const entry = former[at + 1] as number
      if (entry === 0) continue
      const moved = former[at] as number
      const into = (moved >>> tableBit) & bit ? other : table
      put(into, moved, entry)
      into.size++
    }
    const first = ((hash >>> tableBit) & (bit - 1)) | bit
    for (let at = first; at < this.#directory.length; at += bit << 1) this.#directory[at] = other
  }
}

function newTable(buckets: number, bits: number): Table {
  return { buckets: new Int32Array(buckets * 2), mask: buckets - 1, size: 0, bits }
}

function put({ buckets, mask }: Table, hash: number, entry: number): void {
  let bucket = hash & mask
  while (buckets[(bucket << 1) + 1] !== 0) bucket = (bucket + 1) & mask
  buckets[bucket << 1] = hash
  buckets[(bucket << 1) + 1] = entry
}

function resize(table: Table, count: number): void {
  const former = table.buckets
  table.buckets = new Int32Array(count * 2)
  table.mask = count - 1
  for (let at = 0; at < former.length; at += 2) {
    const entry = former[at + 1] as number
    if (entry !== 0) put(table, former[at] as number, entry)
  }
}

/** Moves later entries of the probe sequence up, so that no search ends too early and no markers of dead rows pile up. */
function closeGap({ buckets, mask }: Table, freed: number): void {
  let gap = freed
  for (let bucket = (gap + 1) & mask; ; bucket = (bucket + 1) & mask) {
    const entry = buckets[(bucket << 1) + 1] as number
    if (entry === 0) break
    const hash = buckets[bucket << 1] as number
    const home = hash & mask
    if (((bucket - home) & mask) < ((bucket - gap) & mask)) continue
    buckets[gap << 1] = hash
    buckets[(gap << 1) + 1] = entry
    gap = bucket
  }
  buckets[(gap << 1) + 1] = 0
}
