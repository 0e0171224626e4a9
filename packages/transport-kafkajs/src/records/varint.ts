/** Reads zigzag varints (as protobuf's sint) without allocating; the one cursor of a decoding run is passed along. */
export class VarintCursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** A 32 bit number. A fifth byte with a continuation bit ends it: the caller's bounds check then fails. */
  int(): number {
    const bytes = this.bytes
    let byte = bytes[this.at++]!
    let raw = byte & 0x7f
    for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
      byte = bytes[this.at++]!
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** A 64 bit number, exact up to 2^52. */
  long(): number {
    const bytes = this.bytes
    let byte = bytes[this.at++]!
    let raw = byte & 0x7f
    let scale = 128
    while (byte > 0x7f && scale < 2 ** 64) {
      byte = bytes[this.at++]!
      raw += (byte & 0x7f) * scale
      scale *= 128
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
  }
}

/** Bytes that {@link writeVarint} takes for `value`. */
export function varintBytes(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  if (raw < 0x80) return 1
  if (raw < 0x4000) return 2
  if (raw < 0x200000) return 3
  return raw < 0x10000000 ? 4 : 5
}

/** Writes a 32 bit number; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, value: number, start: number): number {
  let at = start
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  while (raw > 0x7f) {
    bytes[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

/** Bytes that {@link writeVarlong} takes for `value`. */
export function varlongBytes(value: number): number {
  let raw = value >= 0 ? value * 2 : -value * 2 - 1
  let count = 1
  while (raw > 0x7f) {
    raw = Math.floor(raw / 128)
    count++
  }
  return count
}

/** Writes a number of up to 52 bits; returns the position behind it. */
export function writeVarlong(bytes: Uint8Array, value: number, start: number): number {
  let at = start
  let raw = value >= 0 ? value * 2 : -value * 2 - 1
  while (raw > 0x7f) {
    bytes[at++] = (raw % 128) | 0x80
    raw = Math.floor(raw / 128)
  }
  bytes[at++] = raw
  return at
}
