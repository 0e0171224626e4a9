import type { ByteRange } from '../store/index.ts'
import type { RowId } from './entry.ts'

/** A key in a layer, with the id that the layer knows it by. */
export interface OrderedKey {
  readonly id: RowId
  readonly keyBytes: Uint8Array
}

/** Keys that lie together; twice as many are split. */
const chunkKeys = 256

/**
 * The keys of a layer in byte order, kept in short chunks so that an insertion moves few of them. Keys are never removed: a layer loses none
 * before it goes as a whole, and whoever walks over one that moved to another layer finds no row for it.
 */
export class OrderedKeys {
  #chunks: OrderedKey[][] = []

  static of(keys: readonly OrderedKey[]): OrderedKeys {
    const ordered = new OrderedKeys()
    const sorted = keys.toSorted((a, b) => Buffer.compare(a.keyBytes, b.keyBytes))
    for (let from = 0; from < sorted.length; from += chunkKeys) {
      ordered.#chunks.push(sorted.slice(from, from + chunkKeys))
    }
    return ordered
  }

  /** Adds a key that is not in here. */
  add(key: OrderedKey): void {
    const chunks = this.#chunks
    if (chunks.length === 0) {
      chunks.push([key])
      return
    }
    const at = Math.max(0, this.#chunkAfter(key.keyBytes) - 1)
    const chunk = chunks[at]!
    chunk.splice(firstAtLeast(chunk, key.keyBytes), 0, key)
    if (chunk.length > 2 * chunkKeys) chunks.splice(at + 1, 0, chunk.splice(chunkKeys))
  }

  /** Keys of the range, in its order. Keys that are added on the way spoil it. */
  *within({ gte, lt, reverse = false }: ByteRange): Generator<OrderedKey, void> {
    const chunks = this.#chunks
    if (!reverse) {
      let at = gte === undefined ? 0 : Math.max(0, this.#chunkAfter(gte) - 1)
      let i = gte === undefined || at >= chunks.length ? 0 : firstAtLeast(chunks[at]!, gte)
      for (; at < chunks.length; at++, i = 0) {
        const chunk = chunks[at]!
        for (; i < chunk.length; i++) {
          const key = chunk[i]!
          if (lt !== undefined && Buffer.compare(key.keyBytes, lt) >= 0) return
          yield key
        }
      }
      return
    }
    for (let at = (lt === undefined ? chunks.length : this.#chunkAfter(lt)) - 1; at >= 0; at--) {
      const chunk = chunks[at]!
      for (let i = (lt === undefined ? chunk.length : firstAtLeast(chunk, lt)) - 1; i >= 0; i--) {
        const key = chunk[i]!
        if (gte !== undefined && Buffer.compare(key.keyBytes, gte) < 0) return
        yield key
      }
    }
  }

  /** Index of the first chunk that begins above the key. */
  #chunkAfter(keyBytes: Uint8Array): number {
    const chunks = this.#chunks
    let low = 0
    let high = chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (Buffer.compare(chunks[middle]![0]!.keyBytes, keyBytes) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function firstAtLeast(chunk: readonly OrderedKey[], keyBytes: Uint8Array): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(chunk[middle]!.keyBytes, keyBytes) < 0) low = middle + 1
    else high = middle
  }
  return low
}
