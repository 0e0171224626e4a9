import assert from 'node:assert/strict'
import type { LogRecord, OutRecord } from '@stream/core/adapter'
import { assertSameBytes, bytes } from '../kit/index.ts'

/** A timestamp that no clock of the test gives. */
export const someTimestamp = 1_600_000_000_123

/** A record to send; text becomes bytes. */
export function outRecord(value: string | Uint8Array | null, rest: Partial<OutRecord> = {}): OutRecord {
  return { key: null, value: typeof value === 'string' ? bytes(value) : value, timestamp: someTimestamp, ...rest }
}

/** Records with the values `<prefix>0`, `<prefix>1`, ... */
export function numbered(prefix: string, count: number, from = 0): OutRecord[] {
  return Array.from({ length: count }, (_, i) => outRecord(`${prefix}${from + i}`))
}

/** The value as text. */
export function textOf(record: LogRecord): string {
  return record.value === null ? 'null' : Buffer.from(record.value).toString()
}

/** Asserts that the log gave back what went in. */
export function assertSameRecord(actual: LogRecord, expected: OutRecord, what: string): void {
  assertSameBytes(actual.key, expected.key, `the key of ${what}`)
  assertSameBytes(actual.value, expected.value, `the value of ${what}`)
  assert.equal(actual.timestamp, expected.timestamp, `the timestamp of ${what}`)
  const headers = expected.headers ?? []
  assert.deepEqual(
    actual.headers.map(([name]) => name),
    headers.map(([name]) => name),
    `the header names of ${what}, in order`,
  )
  for (const [i, [name, value]] of headers.entries()) {
    assertSameBytes(actual.headers[i]?.[1], value, `header ${i} (${name}) of ${what}`)
  }
}
