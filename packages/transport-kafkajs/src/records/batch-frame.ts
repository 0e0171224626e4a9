/** Bytes of a record batch before its records (message format v2, KIP-98). */
export const batchHeaderBytes = 61

/** Bytes of `baseOffset` and `batchLength`, which `batchLength` does not count. */
export const batchPrefixBytes = 12

/** Bits of a batch's attributes. */
export const attributeBits: { compression: number; appendTime: number; transactional: number; control: number } = {
  compression: 0x07,
  appendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
}

/** What the header of one batch in a fetched record set says. */
export interface BatchFrame {
  /** Where the batch starts and ends in the buffer it was found in. */
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly magic: number
  readonly attributes: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly recordCount: number
}

/** Reads the header at `start`; undefined where the batch is cut off (a fetch may end in the middle of one). */
export function readBatchFrame(buffer: Buffer, start: number, limit: number): BatchFrame | undefined {
  if (limit - start < batchHeaderBytes) return undefined
  const end = start + batchPrefixBytes + buffer.readInt32BE(start + 8)
  if (end > limit || end - start < batchHeaderBytes) return undefined
  const baseOffset = readInt64(buffer, start)
  return {
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(start + 23),
    magic: buffer[start + 16]!,
    attributes: buffer.readInt16BE(start + 21),
    baseTimestamp: readInt64(buffer, start + 27),
    maxTimestamp: readInt64(buffer, start + 35),
    producerId: readInt64(buffer, start + 43),
    recordCount: buffer.readInt32BE(start + 57),
  }
}

/** The position behind the last complete batch of a record set, or `from` where it holds none. */
export function positionBehind(buffer: Buffer, from: number): number {
  let position = from
  let at = 0
  for (;;) {
    if (buffer.length - at < batchHeaderBytes) return position
    const end = at + batchPrefixBytes + buffer.readInt32BE(at + 8)
    if (end > buffer.length || end - at < batchHeaderBytes) return position
    const next = readInt64(buffer, at) + buffer.readInt32BE(at + 23) + 1
    if (next > position) position = next
    at = end
  }
}

/** A signed 64 bit number; exact up to 2^53, which is as far as offsets and producer ids go. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 4294967296 + buffer.readUInt32BE(at + 4)
}

/** Counterpart of {@link readInt64}. */
export function writeInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / 4294967296), at)
  buffer.writeUInt32BE(value >>> 0, at + 4)
}
