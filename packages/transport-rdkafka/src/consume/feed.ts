import type { Fetched, LogRecord, StreamError, TopicPartition } from '@stream/core/adapter'
import type { NativeMessage } from '../native/index.ts'
import { fromMessage, payloadBytes } from '../records/index.ts'

/** librdkafka's name for the end of a log: where a partition waits that nobody has given a position yet. */
export const logicalEnd: number = -1

/** One partition that is being read: what has arrived of it, and where its reader stands. */
export class Feed implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** Next offset to deliver; undefined while nobody has said where to begin, and nothing is delivered then. */
  position: number | undefined
  /** The client has to be told of the position. */
  isSeekDue = false
  isPaused = false
  /** Whether the client has been told to pause: only where a paused partition brings more than is kept of it. */
  isPausedInClient = false
  /** Nothing is delivered while somebody decides about the partition. */
  isHeld = false
  bufferedBytes = 0
  /** Monotonic; when something last came of it. */
  progressedMs: number = performance.now()
  private readonly records: LogRecord[] = []
  private readonly sizes: number[] = []
  private taken = 0
  /** Where the log ended when its end was reached, and whether that has been told. */
  private end: number | undefined
  private isEndTold = true
  private error: StreamError | undefined
  /** Nothing more is read after an error. */
  private isBlocked = false

  constructor({ topic, partition }: TopicPartition, position?: number) {
    this.topic = topic
    this.partition = partition
    this.position = position
  }

  get isReady(): boolean {
    if (this.isPaused || this.isHeld || this.position === undefined || this.isSeekDue) return false
    return this.taken < this.records.length || !this.isEndTold || this.error !== undefined
  }

  /** The client has brought everything up to the log end of then. */
  get isAtEnd(): boolean {
    return this.end !== undefined
  }

  /** Behind what has arrived: where the client reads on. */
  get fetchPosition(): number | undefined {
    const last = this.records.at(-1)
    return last === undefined ? (this.end ?? this.position) : last.offset + 1
  }

  /** True where news may be missing: something should have come, but did not. */
  isSilent(sinceMs: number): boolean {
    return !this.isBlocked && !this.isSeekDue && this.position !== undefined && this.progressedMs < sinceMs
  }

  /** Another position; what has arrived for the old one is dropped. */
  seek(position: number): void {
    this.position = position
    this.isSeekDue = true
    this.isBlocked = false
    this.error = undefined
    this.clear()
    this.progressedMs = performance.now()
  }

  /** The client is positioned where it should be, unless something has arrived that waits to be delivered. */
  seekAgain(): void {
    if (this.position === undefined || this.records.length > 0 || !this.isEndTold || this.isBlocked) return
    this.isSeekDue = true
  }

  add(message: NativeMessage): void {
    if (this.position === undefined || this.isSeekDue || this.isBlocked || message.offset < this.position) return
    const record = fromMessage(message)
    const size = payloadBytes(record)
    this.records.push(record)
    this.sizes.push(size)
    this.bufferedBytes += size
    this.end = undefined
    this.isEndTold = true
    this.progressedMs = performance.now()
  }

  reachedEnd(offset: number): void {
    if (this.position === undefined || this.isSeekDue || this.isBlocked || offset < this.position) return
    this.end = offset
    this.isEndTold = false
    this.progressedMs = performance.now()
  }

  /** Ends the reading; delivered once, behind what has arrived before. */
  fail(error: StreamError): void {
    if (this.isBlocked) return
    this.error = error
    this.isBlocked = true
  }

  /**
   * The next batch, of up to so many bytes, one record at least where `atLeastOne`; undefined where nothing fits.
   *
   * @param highWatermark the log end as far as the client knows it, asked for where the end has not been reached
   */
  take(
    assignment: number,
    mostBytes: number,
    atLeastOne: boolean,
    highWatermark: () => number | undefined,
  ): Fetched | undefined {
    const { topic, partition } = this
    let last = this.taken
    let bytes = 0
    while (last < this.records.length) {
      const size = this.sizes[last] as number
      if (bytes + size > mostBytes && !(atLeastOne && last === this.taken)) break
      bytes += size
      last++
    }
    if (last === this.taken) return last < this.records.length ? undefined : this.takeEnd(assignment)
    const records = this.records.slice(this.taken, last)
    const lastRecord = records.at(-1) as LogRecord
    this.taken = last
    this.bufferedBytes -= bytes
    let nextOffset = lastRecord.offset + 1
    let endOffset = this.end
    if (this.taken === this.records.length) {
      this.clearRecords()
      if (this.end !== undefined) {
        nextOffset = Math.max(nextOffset, this.end)
        this.isEndTold = true
      }
    }
    endOffset ??= highWatermark()
    this.position = nextOffset
    const batch = { topic, partition, assignment, records, nextOffset, sizeBytes: bytes }
    return endOffset === undefined || endOffset < nextOffset ? batch : { ...batch, endOffset }
  }

  private takeEnd(assignment: number): Fetched | undefined {
    const { topic, partition, end, error } = this
    const position = this.position as number
    if (!this.isEndTold && end !== undefined) {
      this.isEndTold = true
      this.position = end
      return { topic, partition, assignment, records: [], nextOffset: end, endOffset: end, sizeBytes: 0 }
    }
    if (error === undefined) return undefined
    this.error = undefined
    return { topic, partition, assignment, records: [], nextOffset: position, sizeBytes: 0, error }
  }

  private clear(): void {
    this.clearRecords()
    this.bufferedBytes = 0
    this.end = undefined
    this.isEndTold = true
  }

  private clearRecords(): void {
    this.records.length = 0
    this.sizes.length = 0
    this.taken = 0
  }
}
