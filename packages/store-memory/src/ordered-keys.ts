import { compareBytes } from './compare-bytes.ts'

const chunkKeys = 512
/** Beyond this many changes nobody asked a range for, sorting anew is cheaper than catching up. */
const mostPending = 65_536

/** What {@link OrderedKeys} orders: the truth about which keys exist. */
export interface KeySource {
  readonly size: number
  get(key: Uint8Array): Uint8Array | undefined
  keys(): Uint8Array[]
}

/**
 * The keys of a table in byte order, made when a range is first asked for and caught up when the next one is: a table that is never
 * ranged over pays nothing. Sorted chunks, so that a new key moves a few hundred neighbours and not the whole list.
 */
export class OrderedKeys {
  readonly #source: KeySource
  #chunks: Uint8Array[][] | undefined
  #pending: Uint8Array[] = []

  constructor(source: KeySource) {
    this.#source = source
  }

  /** Tells of a key that came or went. */
  touch(key: Uint8Array): void {
    if (this.#chunks === undefined) return
    this.#pending.push(key)
    if (this.#pending.length > mostPending) this.#forget()
  }

  /** Calls `visit` in ascending order from the first key >= `gte` until it returns false, or `lt` is reached. */
  ascend(gte: Uint8Array | undefined, lt: Uint8Array | undefined, visit: (key: Uint8Array) => boolean): void {
    const chunks = this.#settled()
    let chunk = gte === undefined ? 0 : Math.max(0, chunkOf(chunks, gte))
    let index = gte === undefined || chunks.length === 0 ? 0 : firstAtLeast(chunks[chunk] as Uint8Array[], gte)
    for (; chunk < chunks.length; chunk++, index = 0) {
      const keys = chunks[chunk] as Uint8Array[]
      for (; index < keys.length; index++) {
        const key = keys[index] as Uint8Array
        if (lt !== undefined && compareBytes(key, lt) >= 0) return
        if (!visit(key)) return
      }
    }
  }

  /** Calls `visit` in descending order from the last key < `lt` until it returns false, or the keys fall below `gte`. */
  descend(gte: Uint8Array | undefined, lt: Uint8Array | undefined, visit: (key: Uint8Array) => boolean): void {
    const chunks = this.#settled()
    if (chunks.length === 0) return
    let chunk = lt === undefined ? chunks.length - 1 : Math.max(0, chunkOf(chunks, lt))
    let keys = chunks[chunk] as Uint8Array[]
    let index = (lt === undefined ? keys.length : firstAtLeast(keys, lt)) - 1
    for (;;) {
      for (; index >= 0; index--) {
        const key = keys[index] as Uint8Array
        if (gte !== undefined && compareBytes(key, gte) < 0) return
        if (!visit(key)) return
      }
      if (chunk === 0) return
      keys = chunks[--chunk] as Uint8Array[]
      index = keys.length - 1
    }
  }

  #settled(): Uint8Array[][] {
    if (this.#pending.length * 4 > this.#source.size) this.#forget()
    if (this.#chunks === undefined) {
      this.#chunks = split(this.#source.keys().sort(compareBytes))
      return this.#chunks
    }
    for (const key of this.#pending) {
      if (this.#source.get(key) === undefined) remove(this.#chunks, key)
      else insert(this.#chunks, key)
    }
    this.#pending = []
    return this.#chunks
  }

  #forget(): void {
    this.#chunks = undefined
    this.#pending = []
  }
}

function split(keys: Uint8Array[]): Uint8Array[][] {
  const chunks: Uint8Array[][] = []
  for (let from = 0; from < keys.length; from += chunkKeys) chunks.push(keys.slice(from, from + chunkKeys))
  return chunks
}

/** The last chunk whose first key is <= `key`; -1 where the key lies before all of them. */
function chunkOf(chunks: readonly Uint8Array[][], key: Uint8Array): number {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes((chunks[middle] as Uint8Array[])[0] as Uint8Array, key) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}

function firstAtLeast(keys: readonly Uint8Array[], key: Uint8Array): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes(keys[middle] as Uint8Array, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function insert(chunks: Uint8Array[][], key: Uint8Array): void {
  if (chunks.length === 0) {
    chunks.push([key])
    return
  }
  const at = Math.max(0, chunkOf(chunks, key))
  const keys = chunks[at] as Uint8Array[]
  const index = firstAtLeast(keys, key)
  const there = keys[index]
  if (there !== undefined && compareBytes(there, key) === 0) return
  keys.splice(index, 0, key)
  if (keys.length > chunkKeys * 2) chunks.splice(at + 1, 0, keys.splice(chunkKeys))
}

function remove(chunks: Uint8Array[][], key: Uint8Array): void {
  const at = chunkOf(chunks, key)
  const keys = chunks[at]
  if (keys === undefined) return
  const index = firstAtLeast(keys, key)
  const there = keys[index]
  if (there === undefined || compareBytes(there, key) !== 0) return
  if (keys.length === 1) chunks.splice(at, 1)
  else keys.splice(index, 1)
}
