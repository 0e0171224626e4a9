import type { LogRecord } from '@stream/core/adapter'

/** A record as the tests look at it: text and JSON, beside the bytes. */
export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  /** The JSON in it, or the text where it is none; null for a tombstone. */
  readonly value: unknown
  /** Of headers that repeat the last one. */
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: LogRecord
}

/** Decodes a record of a partition. */
export function readRecord(partition: number, bytes: LogRecord): ReadRecord {
  const { offset, timestamp, key, value, headers } = bytes
  const texts = headers.map(([name, content]) => [name, content === null ? '' : Buffer.from(content).toString()])
  return {
    partition,
    offset,
    timestamp,
    key: key === null ? null : Buffer.from(key).toString(),
    value: value === null ? null : jsonOrText(Buffer.from(value).toString()),
    headers: Object.fromEntries(texts),
    bytes,
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
