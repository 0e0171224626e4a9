import type { RowId } from './entry.ts'

interface Cached {
  value: unknown
  sizeBytes: number
}

/**
 * Decoded values of rows that were read, bounded by the size of their encoded form. Two generations instead of an exact order of use: what
 * is used moves to the young one, and when that is full, it becomes the old one and the former old one goes. A use costs a look in a map
 * where a list of uses costs several writes, and every committed row comes by here.
 */
export class DecodedCache {
  readonly #generationBytes: number
  #young = new Map<RowId, Cached>()
  #old = new Map<RowId, Cached>()
  #youngBytes = 0

  /** At most `maxBytes` are held, keys and bookkeeping counted in. */
  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2
  }

  /** Undefined: not in here. */
  get(id: RowId): unknown {
    const young = this.#young.get(id)
    if (young !== undefined) return young.value
    const old = this.#old.get(id)
    if (old === undefined) return undefined
    this.#admit(id, old)
    return old.value
  }

  has(id: RowId): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  /** Takes in a value that was read. */
  set(id: RowId, value: unknown, sizeBytes: number): void {
    this.delete(id)
    if (sizeBytes <= this.#generationBytes) this.#admit(id, { value, sizeBytes })
  }

  /** Gives a row that is in here its new value; others are left out until somebody reads them. */
  refresh(id: RowId, value: unknown, sizeBytes: number): void {
    const young = this.#young.get(id)
    if (young === undefined) {
      if (this.#old.has(id)) this.set(id, value, sizeBytes)
    } else if (this.#youngBytes + sizeBytes - young.sizeBytes > this.#generationBytes) {
      this.set(id, value, sizeBytes)
    } else {
      this.#youngBytes += sizeBytes - young.sizeBytes
      young.value = value
      young.sizeBytes = sizeBytes
    }
  }

  delete(id: RowId): void {
    const young = this.#young.get(id)
    if (young !== undefined) {
      this.#young.delete(id)
      this.#youngBytes -= young.sizeBytes
    }
    this.#old.delete(id)
  }

  #admit(id: RowId, cached: Cached): void {
    if (this.#youngBytes + cached.sizeBytes > this.#generationBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#old.delete(id)
    this.#young.set(id, cached)
    this.#youngBytes += cached.sizeBytes
  }
}
