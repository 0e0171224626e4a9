/** Reflected Castagnoli polynomial. */
const polynomial = 0x82f63b78

/**
 * Sixteen tables of 256 entries: table n tells what a byte does to the checksum n bytes later, so that sixteen bytes are folded in
 * with independent look-ups ("slicing-by-16", Kounavis and Berry).
 */
const tables: Int32Array = makeTables()

/** CRC-32C of `bytes[start, end)`, unsigned, as Kafka's record batches carry it (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let at = start
  const table = tables
  // Words are read through an aligned view; the bytes before the first aligned one go singly.
  const aligned = Math.min(end, start + ((4 - ((bytes.byteOffset + start) & 3)) & 3))
  for (; at < aligned; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  const rounds = (end - at) >>> 4
  if (rounds > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, rounds << 2)
    const count = words.length
    for (let w = 0; w < count; w += 4) {
      const a = crc ^ words[w]!
      const b = words[w + 1]!
      const c = words[w + 2]!
      const d = words[w + 3]!
      crc =
        table[3840 + (a & 0xff)]! ^
        table[3584 + ((a >>> 8) & 0xff)]! ^
        table[3328 + ((a >>> 16) & 0xff)]! ^
        table[3072 + (a >>> 24)]! ^
        table[2816 + (b & 0xff)]! ^
        table[2560 + ((b >>> 8) & 0xff)]! ^
        table[2304 + ((b >>> 16) & 0xff)]! ^
        table[2048 + (b >>> 24)]! ^
        table[1792 + (c & 0xff)]! ^
        table[1536 + ((c >>> 8) & 0xff)]! ^
        table[1280 + ((c >>> 16) & 0xff)]! ^
        table[1024 + (c >>> 24)]! ^
        table[768 + (d & 0xff)]! ^
        table[512 + ((d >>> 8) & 0xff)]! ^
        table[256 + ((d >>> 16) & 0xff)]! ^
        table[d >>> 24]!
    }
    at += rounds << 4
  }
  for (; at < end; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTables(): Int32Array {
  const made = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    made[byte] = crc
  }
  for (let n = 1; n < 16; n++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = made[(n - 1) * 256 + byte]!
      made[n * 256 + byte] = made[before & 0xff]! ^ (before >>> 8)
    }
  }
  return made
}
