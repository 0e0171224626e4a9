import type { ByteRange } from '../store/index.ts'

/** What one scan has read so far, so that a write conflicts with it exactly where it would have changed what was read. */
export class ScannedRange {
  readonly #range: ByteRange
  /** The last key that was read; undefined: none yet, or, with `isWhole`, all of the range. */
  #last: Uint8Array | undefined
  #isWhole = false

  constructor(range: ByteRange) {
    this.#range = range
  }

  /** The scan has come as far as this key; undefined: to its end. */
  reach(last: Uint8Array | undefined): void {
    this.#last = last
    this.#isWhole = last === undefined
  }

  covers(keyBytes: Uint8Array): boolean {
    if (!this.#isWhole && this.#last === undefined) return false
    if (!isWithin(this.#range, keyBytes)) return false
    if (this.#last === undefined) return true
    const order = Buffer.compare(keyBytes, this.#last)
    return this.#range.reverse === true ? order >= 0 : order <= 0
  }
}

/** Whether a key lies in a range. */
export function isWithin({ gte, lt }: ByteRange, keyBytes: Uint8Array): boolean {
  if (gte !== undefined && Buffer.compare(keyBytes, gte) < 0) return false
  return lt === undefined || Buffer.compare(keyBytes, lt) < 0
}
