import type { OutRecord } from '@stream/core/adapter'
import { batchHeaderBytes, batchPrefixBytes, writeInt64 } from './batch-frame.ts'
import { crc32c } from './crc32c.ts'
import { headersBytes, noHeaders, writeHeaders } from './record-headers.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

/** Under which producer a batch is written. */
export interface BatchIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  /** Sequence number of the first record. */
  readonly baseSequence: number
  readonly transactional: boolean
}

/** A batch ready for a produce request. */
export interface EncodedBatch {
  readonly bytes: Buffer
  /** How many records it holds. */
  readonly count: number
}

/** Where a batch of at most `maxBytes` that starts with record `from` ends; it always holds one record. */
export function batchEnd(records: readonly OutRecord[], from: number, to: number, maxBytes: number): number {
  let size = batchHeaderBytes
  let index = from
  for (; index < to; index++) {
    const record = records[index]!
    // Five bytes each for the lengths and the deltas: an upper bound is good enough to cut by.
    size += 30 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (record.headers !== undefined && record.headers.length > 0) size += headersBytes(record.headers)
    if (size > maxBytes && index > from) break
  }
  return index
}

/** Encodes `records[from, to)` as one uncompressed batch (message format v2, KIP-98), checksum included. */
export function encodeBatch(records: readonly OutRecord[], from: number, to: number, identity: BatchIdentity): Buffer {
  const baseTimestamp = records[from]!.timestamp
  let maxTimestamp = baseTimestamp
  let room = batchHeaderBytes
  for (let index = from; index < to; index++) {
    const record = records[index]!
    room += 36 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (record.headers !== undefined && record.headers.length > 0) room += headersBytes(record.headers)
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
  }
  const target = Buffer.allocUnsafeSlow(room)
  let at = batchHeaderBytes
  for (let index = from; index < to; index++) {
    const record = records[index]!
    const key = record.key
    const value = record.value
    const headers = record.headers ?? noHeaders
    const timestampDelta = record.timestamp - baseTimestamp
    const offsetDelta = index - from
    const keyLength = key === null ? -1 : key.length
    const valueLength = value === null ? -1 : value.length
    const size =
      1 +
      varlongBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      varintBytes(keyLength) +
      Math.max(keyLength, 0) +
      varintBytes(valueLength) +
      Math.max(valueLength, 0) +
      varintBytes(headers.length) +
      (headers.length === 0 ? 0 : headersBytes(headers))
    at = writeVarint(target, size, at)
    target[at++] = 0
    at = writeVarlong(target, timestampDelta, at)
    at = writeVarint(target, offsetDelta, at)
    at = writeVarint(target, keyLength, at)
    if (key !== null) at = put(target, key, at)
    at = writeVarint(target, valueLength, at)
    if (value !== null) at = put(target, value, at)
    at = writeVarint(target, headers.length, at)
    if (headers.length > 0) at = writeHeaders(target, headers, at)
  }
  const batch = target.subarray(0, at)
  writeBatchHeader(batch, to - from, baseTimestamp, maxTimestamp, identity, 0)
  return batch
}

/** `batch` with its records replaced by their compressed form. */
export function withCompressed(batch: Buffer, compressed: Uint8Array, codec: number): Buffer {
  const target = Buffer.allocUnsafeSlow(batchHeaderBytes + compressed.length)
  batch.copy(target, 0, 0, batchHeaderBytes)
  target.set(compressed, batchHeaderBytes)
  target.writeInt16BE(batch.readInt16BE(21) | codec, 21)
  seal(target)
  return target
}

function writeBatchHeader(
  batch: Buffer,
  count: number,
  baseTimestamp: number,
  maxTimestamp: number,
  identity: BatchIdentity,
  codec: number,
): void {
  writeInt64(batch, 0, 0)
  batch.writeInt32BE(-1, 12)
  batch[16] = 2
  batch.writeInt16BE(codec | (identity.transactional ? 0x10 : 0), 21)
  batch.writeInt32BE(count - 1, 23)
  writeInt64(batch, baseTimestamp, 27)
  writeInt64(batch, maxTimestamp, 35)
  writeInt64(batch, identity.producerId, 43)
  batch.writeInt16BE(identity.producerEpoch, 51)
  batch.writeInt32BE(identity.baseSequence, 53)
  batch.writeInt32BE(count, 57)
  seal(batch)
}

/** Length and checksum, which cover what was written before. */
function seal(batch: Buffer): void {
  batch.writeInt32BE(batch.length - batchPrefixBytes, 8)
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17)
}

/** Short byte strings are quicker copied in a loop than through a call into the engine. */
function put(target: Uint8Array, source: Uint8Array, start: number): number {
  const length = source.length
  if (length > 24) target.set(source, start)
  else for (let i = 0; i < length; i++) target[start + i] = source[i]!
  return start + length
}
