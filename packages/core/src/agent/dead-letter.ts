import { describeThrown, StreamError } from '../errors/index.ts'
import type { Headers, LogRecord, OutRecord } from '../transport/index.ts'

/** Names of the headers that a dead letter carries besides the record's own. Where a name repeats, the last one counts. */
export const deadLetterHeaders = {
  /** Code of the StreamError; `STREAM_HANDLER_FAILED` for what user code threw. */
  code: 'stream.error.code',
  /** One line, cut at 1,024 characters. */
  message: 'stream.error.message',
  sourceTopic: 'stream.error.source.topic',
  sourcePartition: 'stream.error.source.partition',
  sourceOffset: 'stream.error.source.offset',
  /** The record's own timestamp, integer milliseconds: the dead letter's is the time of its failure, so that retention counts from there. */
  sourceTimestamp: 'stream.error.source.timestamp',
  /** Attempts in all. */
  attempts: 'stream.error.attempts',
  /** Name of the agent, handler or stream. */
  consumer: 'stream.error.consumer',
  /** Integer milliseconds since 1970. */
  time: 'stream.error.time',
} as const

/** What {@link deadLetterRecord} is made of. */
export interface DeadLetterSource {
  readonly record: LogRecord
  readonly topic: string
  readonly partition: number
  /** What was thrown; anything. */
  readonly error: unknown
  /** Attempts in all. */
  readonly attempts: number
  readonly consumer: string
  /** Wall time of the failure. */
  readonly nowMs: number
}

const longestMessage = 1024

/** The record for the dead-letter topic: the bytes and headers of the one that failed, copied, and headers with the cause in UTF-8. */
export function deadLetterRecord(source: DeadLetterSource): OutRecord {
  const { record, error } = source
  const names = deadLetterHeaders
  const cause: Headers = [
    header(names.code, StreamError.is(error) ? error.code : 'STREAM_HANDLER_FAILED'),
    header(names.message, describeThrown(error).slice(0, longestMessage)),
    header(names.sourceTopic, source.topic),
    header(names.sourcePartition, source.partition),
    header(names.sourceOffset, record.offset),
    header(names.sourceTimestamp, record.timestamp),
    header(names.attempts, source.attempts),
    header(names.consumer, source.consumer),
    header(names.time, source.nowMs),
  ]
  const own: Headers = record.headers.map(([name, value]) => [name, copied(value)])
  return {
    key: copied(record.key),
    value: copied(record.value),
    headers: [...own, ...cause],
    timestamp: source.nowMs,
  }
}

function header(name: string, value: string | number): readonly [string, Uint8Array] {
  return [name, new TextEncoder().encode(String(value))]
}

/** The record's bytes belong to a batch that does not live until the cut. */
function copied(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes)
}
