import { type Isolation, type LogRecord, StreamError } from '@stream/core/adapter'
import { attributeBits, type BatchFrame, batchHeaderBytes, readBatchFrame } from './batch-frame.ts'
import type { Decompressed } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { FetchedRecord, type RecordSource } from './fetched-record.ts'
import { VarintCursor } from './varint.ts'

/** A producer's aborted transaction, as a fetch response names it. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** A record set as it was fetched. */
export interface RecordSet {
  readonly topic: string
  readonly partition: number
  /** Where the fetch began: the broker returns the whole batch this offset lies in. */
  readonly fetchOffset: number
  readonly bytes: Buffer
  readonly isolation: Isolation
  readonly aborted: readonly AbortedTransaction[]
  /** The records of compressed batches, by the batch's start in `bytes`. */
  readonly decompressed: Decompressed | undefined
  readonly verifyChecksums: boolean
}

/** What {@link decodeRecordSet} found. */
export interface DecodedRecords {
  readonly records: readonly LogRecord[]
  /** Behind every complete batch: control, aborted and emptied ones included. */
  readonly nextOffset: number
  readonly sizeBytes: number
  /** Set where a batch could not be read; `records` and `nextOffset` are those before it. */
  readonly error?: StreamError
}

/** Decodes message format v2 in one synchronous run: no promise, closure or map entry per record. */
export function decodeRecordSet(set: RecordSet): DecodedRecords {
  const records: LogRecord[] = []
  const transactions = set.isolation === 'read_committed' ? new AbortedFilter(set.aborted) : undefined
  let nextOffset = set.fetchOffset
  let sizeBytes = 0
  let at = 0
  for (;;) {
    const frame = readBatchFrame(set.bytes, at, set.bytes.length)
    if (frame === undefined) return { records, nextOffset, sizeBytes }
    const problem = checkBatch(set, frame)
    if (problem !== undefined) return { records, nextOffset, sizeBytes, error: problem }
    if (
      transactions === undefined ? (frame.attributes & attributeBits.control) === 0 : transactions.admits(set, frame)
    ) {
      const inflated = set.decompressed?.get(frame.start)
      if (StreamError.is(inflated)) return { records, nextOffset, sizeBytes, error: inflated }
      const read = decodeBatch(set, frame, records, inflated)
      if (read < 0) return { records, nextOffset, sizeBytes, error: corrupt(set, frame, 'its records do not add up') }
      sizeBytes += read
    }
    if (frame.lastOffset >= nextOffset) nextOffset = frame.lastOffset + 1
    at = frame.end
  }
}

/** Appends the records of one batch at or above the fetch offset; returns their bytes, or -1 where the batch makes no sense. */
function decodeBatch(set: RecordSet, frame: BatchFrame, records: LogRecord[], inflated: Buffer | undefined): number {
  const bytes = inflated ?? set.bytes
  const end = inflated === undefined ? frame.end : inflated.length
  let at = inflated === undefined ? frame.start + batchHeaderBytes : 0
  const first = at
  const source: RecordSource = {
    bytes,
    baseOffset: frame.baseOffset,
    baseTimestamp: frame.baseTimestamp,
    appendTimestamp: frame.attributes & attributeBits.appendTime ? frame.maxTimestamp : undefined,
  }
  const firstDelta = set.fetchOffset - frame.baseOffset
  const cursor = new VarintCursor(bytes, at)
  for (let n = 0; n < frame.recordCount; n++) {
    cursor.at = at
    const size = cursor.int()
    const recordEnd = cursor.at + size
    if (size < 0 || recordEnd > end) return -1
    cursor.at++
    const timestampDelta = cursor.long()
    const offsetDelta = cursor.int()
    const keyBytes = cursor.int()
    const keyStart = cursor.at
    if (keyBytes > 0) cursor.at += keyBytes
    const valueBytes = cursor.int()
    const valueStart = cursor.at
    if (keyBytes < -1 || valueBytes < -1 || valueStart + Math.max(valueBytes, 0) > recordEnd) return -1
    if (offsetDelta >= firstDelta) {
      records.push(new FetchedRecord(source, offsetDelta, timestampDelta, keyStart, keyBytes, valueStart, valueBytes))
    }
    at = recordEnd
  }
  return at - first
}

function checkBatch(set: RecordSet, frame: BatchFrame): StreamError | undefined {
  if (frame.magic !== 2) return corrupt(set, frame, `its format ${frame.magic} is not 2`)
  if (!set.verifyChecksums) return undefined
  if (crc32c(set.bytes, frame.start + 21, frame.end) === set.bytes.readUInt32BE(frame.start + 17)) return undefined
  return corrupt(set, frame, 'its checksum does not match')
}

function corrupt(set: RecordSet, frame: BatchFrame, why: string): StreamError {
  return new StreamError({
    code: 'STREAM_RECORD_CORRUPT',
    message: `The batch at offset ${frame.baseOffset} of ${set.topic}-${set.partition} cannot be read: ${why}. Seek behind it to go on without it`,
    place: { topic: set.topic, partition: set.partition, offset: frame.baseOffset, lastOffset: frame.lastOffset },
  })
}

/** Leaves out what aborted transactions wrote (KIP-98): a producer is on the list from its first offset to its abort marker. */
class AbortedFilter {
  private readonly waiting: AbortedTransaction[]
  private readonly active: Set<number> = new Set()
  private next = 0

  constructor(aborted: readonly AbortedTransaction[]) {
    this.waiting =
      aborted.length < 2 ? (aborted as AbortedTransaction[]) : aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  admits(set: RecordSet, frame: BatchFrame): boolean {
    while (this.next < this.waiting.length && this.waiting[this.next]!.firstOffset <= frame.lastOffset) {
      this.active.add(this.waiting[this.next++]!.producerId)
    }
    if (frame.attributes & attributeBits.control) {
      if (isAbortMarker(set, frame)) this.active.delete(frame.producerId)
      return false
    }
    return (frame.attributes & attributeBits.transactional) === 0 || !this.active.has(frame.producerId)
  }
}

/** A control batch holds one record, whose key is `i16 version, i16 type`; type 0 says abort. */
function isAbortMarker(set: RecordSet, frame: BatchFrame): boolean {
  if (frame.recordCount === 0) return false
  const cursor = new VarintCursor(set.bytes, frame.start + batchHeaderBytes)
  cursor.int()
  cursor.at++
  cursor.long()
  cursor.int()
  return cursor.int() >= 4 && set.bytes.readInt16BE(cursor.at + 2) === 0
}
