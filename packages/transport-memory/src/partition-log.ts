import type { Headers, Isolation, LogRecord, OutRecord } from '@stream/core/adapter'
import { type OffsetRange, OffsetRanges } from './offset-ranges.ts'
import { payloadBytes } from './record-size.ts'
import { Segment } from './segment.ts'

const noHeaders: Headers = []

/** What a transaction that has not ended yet wrote to one partition. */
export interface OpenTransaction {
  readonly firstOffset: number
  readonly ranges: OffsetRange[]
}

/** A piece of the log, as a fetch returns it. */
export interface LogSlice {
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
  readonly sizeBytes: number
}

/** One partition: records in segments, transactions that are open in it, and who wants to hear of changes. */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  logStart = 0
  segments: Segment[] = [new Segment(0)]
  /** By producer id, in the order of their first offsets (a Map keeps insertion order). */
  readonly open: Map<number, OpenTransaction> = new Map()
  readonly aborted: OffsetRanges = new OffsetRanges()
  /** When compaction may drop the tombstone at this offset (KIP-534: set by the first pass that sees it). */
  readonly tombstoneHorizons: Map<number, number> = new Map()
  /** Records below were compacted once. */
  cleanedTo = 0
  /** Called after every change of what can be read. */
  readonly watchers: Set<() => void> = new Set()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get logEnd(): number {
    return this.last.next
  }

  /** Last stable offset: no record below it belongs to a transaction that is open. */
  get stableEnd(): number {
    if (this.open.size === 0) return this.logEnd
    for (const transaction of this.open.values()) return Math.max(transaction.firstOffset, this.logStart)
    return this.logEnd
  }

  get sizeBytes(): number {
    let total = 0
    for (const segment of this.segments) total += segment.sizeBytes
    return total
  }

  get recordCount(): number {
    let total = 0
    for (const segment of this.segments) total += segment.records.length
    return total
  }

  /** Appends all; returns the offset of the first. `appendTime` replaces the timestamps where it is given. */
  append(records: readonly OutRecord[], appendTime: number | undefined, producerId?: number): number {
    let segment = this.last
    const first = segment.next
    let offset = first
    for (const record of records) {
      if (segment.isFull) segment = this.roll()
      segment.push(
        {
          offset,
          timestamp: appendTime ?? record.timestamp,
          key: record.key,
          value: record.value,
          headers: record.headers ?? noHeaders,
        },
        payloadBytes(record),
      )
      offset += 1
    }
    if (producerId !== undefined && offset > first) this.#note(producerId, first, offset)
    this.notify()
    return first
  }

  /** Writes the control marker that ends a transaction here; it takes an offset. Nothing happens if the producer has none open. */
  endTransaction(producerId: number, committed: boolean, now: number): void {
    const transaction = this.open.get(producerId)
    if (transaction === undefined) return
    this.open.delete(producerId)
    if (!committed) this.aborted.add(transaction.ranges)
    const segment = this.last.isFull ? this.roll() : this.last
    segment.next += 1
    if (now > segment.maxTimestamp) segment.maxTimestamp = now
    this.notify()
  }

  /** Up to where a reader may go. */
  visibleEnd(isolation: Isolation): number {
    return isolation === 'read_committed' ? this.stableEnd : this.logEnd
  }

  /**
   * What is at the position, of one segment at most; undefined where there is nothing yet. The position must be inside the log. A
   * slice may have no records and still move on, over holes.
   */
  read(position: number, isolation: Isolation, maxBytes: number): LogSlice | undefined {
    const end = this.visibleEnd(isolation)
    if (position >= end) return undefined
    const segment = this.segments[this.#segmentIndex(position)] as Segment
    const start = segment.indexOf(position)
    const visible = segment.next <= end ? segment.records.length : segment.indexOf(end)
    if (start >= visible) return { records: [], nextOffset: Math.min(segment.next, end), sizeBytes: 0 }
    const stop = Math.min(visible, segment.indexWithin(start, maxBytes))
    const records = segment.records.slice(start, stop)
    const last = (records[records.length - 1] as LogRecord).offset + 1
    const nextOffset = stop === visible ? Math.min(segment.next, end) : last
    const sizeBytes = segment.bytesBetween(start, stop)
    if (isolation === 'read_uncommitted' || !this.aborted.overlaps(position, last))
      return { records, nextOffset, sizeBytes }
    const kept = records.filter((record) => !this.aborted.has(record.offset))
    let keptBytes = 0
    for (const record of kept) keptBytes += payloadBytes(record)
    return { records: kept, nextOffset, sizeBytes: keptBytes }
  }

  /** Moves the log start up; records below are gone. */
  truncateBelow(offset: number): void {
    if (offset <= this.logStart) return
    this.logStart = offset
    const end = this.logEnd
    const kept: Segment[] = []
    for (const segment of this.segments) {
      if (segment.next <= offset) continue
      if (segment.base >= offset) kept.push(segment)
      else kept.push(tailOf(segment, offset))
    }
    if (kept.length === 0) kept.push(new Segment(end))
    this.segments = kept
    this.aborted.dropBelow(offset)
    for (const tombstone of this.tombstoneHorizons.keys()) {
      if (tombstone < offset) this.tombstoneHorizons.delete(tombstone)
    }
    this.notify()
  }

  notify(): void {
    for (const watcher of this.watchers) watcher()
  }

  /** Seals the last segment and begins another. */
  roll(): Segment {
    const segment = new Segment(this.last.next)
    this.segments.push(segment)
    return segment
  }

  get last(): Segment {
    return this.segments[this.segments.length - 1] as Segment
  }

  #note(producerId: number, from: number, to: number): void {
    const transaction = this.open.get(producerId)
    if (transaction === undefined) {
      this.open.set(producerId, { firstOffset: from, ranges: [{ from, to }] })
      return
    }
    const range = transaction.ranges[transaction.ranges.length - 1]
    if (range !== undefined && range.to === from) range.to = to
    else transaction.ranges.push({ from, to })
  }

  #segmentIndex(offset: number): number {
    let low = 0
    let high = this.segments.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.segments[middle] as Segment).next <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function tailOf(segment: Segment, from: number): Segment {
  const tail = new Segment(from)
  for (let i = segment.indexOf(from); i < segment.records.length; i += 1) {
    tail.push(segment.records[i] as LogRecord, segment.bytesBetween(i, i + 1))
  }
  tail.next = segment.next
  tail.maxTimestamp = segment.maxTimestamp
  return tail
}
