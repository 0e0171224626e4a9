/** Memory that rows lie in, one behind the other; the words are the same memory as the bytes. */
export interface Segment {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  /** Bytes given away, from the start. */
  used: number
  /** Bytes of those that rows still hold. */
  live: number
}

/** A segment of at least `size` bytes. */
export function newSegment(size: number): Segment {
  const words = new Int32Array((size + 3) >> 2)
  return { bytes: new Uint8Array(words.buffer), words, used: 0, live: 0 }
}
