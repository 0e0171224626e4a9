import type { Headers, LogRecord } from '@stream/core/adapter'
import { readHeaders } from './record-headers.ts'

/** What all records of one batch share. */
export interface RecordSource {
  /** The records' bytes: the fetched buffer, or what it was decompressed to. */
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** Set where the topic stamps records itself: then all records of the batch carry this one. */
  readonly appendTimestamp: number | undefined
}

/**
 * A record that knows where its bytes are. Most jobs read an offset and a value and never the headers, so the slices are made when
 * they are asked for, once; numbers that need more than 31 bits are kept once, in the batch.
 */
export class FetchedRecord implements LogRecord {
  private readonly source: RecordSource
  private readonly offsetDelta: number
  private readonly timestampDelta: number
  private readonly keyStart: number
  private readonly keyBytes: number
  private readonly valueStart: number
  private readonly valueBytes: number
  private keySlice: Buffer | undefined
  private valueSlice: Buffer | undefined
  private headerList: Headers | undefined

  /** A length of -1 says null. The headers begin where the value ends. */
  constructor(
    source: RecordSource,
    offsetDelta: number,
    timestampDelta: number,
    keyStart: number,
    keyBytes: number,
    valueStart: number,
    valueBytes: number,
  ) {
    this.source = source
    this.offsetDelta = offsetDelta
    this.timestampDelta = timestampDelta
    this.keyStart = keyStart
    this.keyBytes = keyBytes
    this.valueStart = valueStart
    this.valueBytes = valueBytes
    this.keySlice = undefined
    this.valueSlice = undefined
    this.headerList = undefined
  }

  get offset(): number {
    return this.source.baseOffset + this.offsetDelta
  }

  get timestamp(): number {
    const source = this.source
    return source.appendTimestamp ?? source.baseTimestamp + this.timestampDelta
  }

  get key(): Buffer | null {
    if (this.keyBytes < 0) return null
    return (this.keySlice ??= this.source.bytes.subarray(this.keyStart, this.keyStart + this.keyBytes))
  }

  get value(): Buffer | null {
    if (this.valueBytes < 0) return null
    return (this.valueSlice ??= this.source.bytes.subarray(this.valueStart, this.valueStart + this.valueBytes))
  }

  get headers(): Headers {
    return (this.headerList ??= readHeaders(
      this.source.bytes,
      this.valueBytes < 0 ? this.valueStart : this.valueStart + this.valueBytes,
    ))
  }
}
