import type { LogRecord } from '@stream/core/adapter'

/** Records a segment takes before a new one is begun: bounds one fetch and the grain of retention. */
export const segmentRecords = 8192

/** Bytes a segment takes before a new one is begun. */
export const segmentBytes: number = 4 * 1024 * 1024

/** A run of a partition's log. It covers every offset of `[base, next)`; offsets without a record are holes. */
export class Segment {
  readonly base: number
  next: number
  /** In offset order. Appended to while the segment is the last one, never changed otherwise. */
  readonly records: LogRecord[] = []
  /** Payload bytes up to and including the record of the same index. */
  readonly ends: number[] = []
  maxTimestamp: number = Number.NEGATIVE_INFINITY
  /** Payload bytes of all records. */
  sizeBytes = 0

  constructor(base: number) {
    this.base = base
    this.next = base
  }

  get isFull(): boolean {
    return this.records.length >= segmentRecords || this.sizeBytes >= segmentBytes
  }

  push(record: LogRecord, bytes: number): void {
    this.sizeBytes += bytes
    this.ends.push(this.sizeBytes)
    this.records.push(record)
    this.next = record.offset + 1
    if (record.timestamp > this.maxTimestamp) this.maxTimestamp = record.timestamp
  }

  /** Index of the first record at or above the offset; the number of records if there is none. */
  indexOf(offset: number): number {
    const records = this.records
    let low = 0
    let high = records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((records[middle] as LogRecord).offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index behind the last record that fits into `maxBytes` counted from `start`, at least `start + 1`. */
  indexWithin(start: number, maxBytes: number): number {
    const ends = this.ends
    const limit = (start === 0 ? 0 : (ends[start - 1] as number)) + maxBytes
    let low = start + 1
    let high = ends.length
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((ends[middle - 1] as number) <= limit) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Bytes of the records `[start, end)`. */
  bytesBetween(start: number, end: number): number {
    if (end <= start) return 0
    return (this.ends[end - 1] as number) - (start === 0 ? 0 : (this.ends[start - 1] as number))
  }
}
