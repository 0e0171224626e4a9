import { LRUCache } from 'lru-cache'
import type { RowId } from './entry.ts'

/** Sizes are counted in steps, so that a value that changes a little keeps its place. */
const stepBytes = 64

interface Cached {
  value: unknown
  readonly sizeBytes: number
}

/** Decoded values of rows that were read, the least recently used ones going first, bounded by the size of their encoded form. */
export class DecodedCache {
  readonly #rows: LRUCache<RowId, Cached>

  /** At most `maxBytes` are held, keys and bookkeeping counted in. */
  constructor(maxBytes: number) {
    this.#rows = new LRUCache({ maxSize: Math.max(1, Math.floor(maxBytes)) })
  }

  /** Undefined: not in here. */
  get(id: RowId): unknown {
    return this.#rows.get(id)?.value
  }

  has(id: RowId): boolean {
    return this.#rows.has(id)
  }

  /** Takes in a value that was read; one that is larger than the whole cache is left out. */
  set(id: RowId, value: unknown, sizeBytes: number): void {
    const size = steps(sizeBytes)
    this.#rows.set(id, { value, sizeBytes: size }, { size })
  }

  /** Gives a row that is in here its new value; others are left out until somebody reads them. */
  refresh(id: RowId, value: unknown, sizeBytes: number): void {
    const cached = this.#rows.peek(id)
    if (cached === undefined) return
    // Every committed row comes by here: one of the same size costs a look in a map, and no place in the order of uses.
    if (steps(sizeBytes) === cached.sizeBytes) cached.value = value
    else this.set(id, value, sizeBytes)
  }

  delete(id: RowId): void {
    this.#rows.delete(id)
  }
}

function steps(sizeBytes: number): number {
  return Math.ceil(sizeBytes / stepBytes) * stepBytes
}
