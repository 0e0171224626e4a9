/** Above this, bytes lie outside of V8's heap anyway, and taking them one by one costs an allocation each. */
const mostOnHeapBytes = 32
const poolBytes = 16 * 1024
/** Larger values get memory of their own: few of them would fill a pool, and one that is kept would keep its neighbours. */
const mostPooledBytes = 1024

/**
 * Copies rows out of segments, for callers who may keep what they get: segments are written over. Values of common sizes share pools of
 * 16 KiB, of which no byte is written twice; that costs no more than a view, and a value that is kept keeps 16 KiB and not a segment.
 */
export class CopyOut {
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)
  #used = 0

  /** `from[start, start + length)`; `words` are the same memory as `from`. */
  copy(from: Uint8Array, words: Int32Array, start: number, length: number): Uint8Array {
    if (length <= mostOnHeapBytes) {
      const copy = new Uint8Array(length)
      for (let i = 0; i < length; i++) copy[i] = from[start + i] as number
      return copy
    }
    if (length > mostPooledBytes) return from.slice(start, start + length)
    // Whole words, from the one the first byte lies in to the one the last byte lies in.
    const firstWord = start >> 2
    const lastWord = (start + length - 1) >> 2
    const size = (lastWord - firstWord + 1) << 2
    if (this.#used + size > this.#bytes.length) this.#renew()
    const pool = this.#words
    let at = this.#used >> 2
    for (let word = firstWord; word <= lastWord; word++) pool[at++] = words[word] as number
    const copy = new Uint8Array(this.#bytes.buffer, this.#used + (start & 3), length)
    this.#used += size
    return copy
  }

  #renew(): void {
    this.#bytes = new Uint8Array(poolBytes)
    this.#words = new Int32Array(this.#bytes.buffer)
    this.#used = 0
  }
}
