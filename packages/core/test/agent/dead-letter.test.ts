import { describe, expect, it } from 'vitest'
import { deadLetterRecord } from '../../src/agent/index.ts'
import { StreamError } from '../../src/errors/index.ts'
import type { LogRecord, OutRecord } from '../../src/transport/index.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const record: LogRecord = {
  offset: 42,
  timestamp: 990_000_000_000,
  key: text('key'),
  value: text('value'),
  headers: [
    ['trace', text('t1')],
    ['trace', null],
  ],
}
const source = { record, topic: 'in', partition: 3, attempts: 4, consumer: 'alerts', nowMs: 1_700_000_000_000 }

function headersOf(letter: OutRecord): readonly (readonly [string, string | null])[] {
  return letter.headers!.map(([name, value]) => [name, value === null ? null : new TextDecoder().decode(value)])
}

describe('a dead letter', () => {
  it('has key, value and headers of the record, then the cause', () => {
    const letter = deadLetterRecord({ ...source, error: new Error('no such airport é') })
    expect(letter.key).toEqual(record.key)
    expect(letter.value).toEqual(record.value)
    expect(headersOf(letter)).toEqual([
      ['trace', 't1'],
      ['trace', null],
      ['stream.error.code', 'STREAM_HANDLER_FAILED'],
      ['stream.error.message', 'no such airport é'],
      ['stream.error.source.topic', 'in'],
      ['stream.error.source.partition', '3'],
      ['stream.error.source.offset', '42'],
      ['stream.error.source.timestamp', '990000000000'],
      ['stream.error.attempts', '4'],
      ['stream.error.consumer', 'alerts'],
      ['stream.error.time', '1700000000000'],
    ])
  })
  it('is as old as the failure, so that the retention of old data does not take it', () => {
    expect(deadLetterRecord({ ...source, error: 'x' }).timestamp).toBe(source.nowMs)
  })
  it('carries the code of a StreamError, and something for whatever was thrown', () => {
    const error = new StreamError({ code: 'STREAM_DESERIALIZATION_FAILED', message: 'not JSON' })
    expect(headersOf(deadLetterRecord({ ...source, error }))).toContainEqual([
      'stream.error.code',
      'STREAM_DESERIALIZATION_FAILED',
    ])
    expect(headersOf(deadLetterRecord({ ...source, error: undefined }))).toContainEqual([
      'stream.error.message',
      'undefined was thrown',
    ])
  })
  it('cuts a message that would make the record too large', () => {
    const letter = deadLetterRecord({ ...source, error: new Error('x'.repeat(2_000_000)) })
    expect(headersOf(letter).find(([name]) => name === 'stream.error.message')![1]).toHaveLength(1024)
  })
  it('keeps null key and value, and shares no bytes with the batch', () => {
    const bare = deadLetterRecord({ ...source, record: { ...record, key: null, value: null }, error: 'x' })
    expect([bare.key, bare.value]).toEqual([null, null])
    const batch = Buffer.from('key')
    const letter = deadLetterRecord({
      ...source,
      record: { ...record, key: batch, headers: [['h', batch]] },
      error: 'x',
    })
    batch.fill(0)
    expect(letter.key).toEqual(text('key'))
    expect(letter.headers![0]![1]).toEqual(text('key'))
  })
})
