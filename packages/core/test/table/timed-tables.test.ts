import { describe, expect, it } from 'vitest'
import { json, string } from '../../src/serde/index.ts'
import { declareTimestampedTable, declareVersionedTable, handlesForEvents } from '../../src/table/index.ts'
import { FakeEvent } from '../agent/fake-event.ts'

const options = { key: string(), value: json<number>() }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('tables of values by time', () => {
  it.each([
    [declareTimestampedTable, { ...options }, 'has graceMs undefined; give a whole number of milliseconds above 0'],
    [declareTimestampedTable, { ...options, graceMs: -1 }, 'has graceMs -1'],
    [declareVersionedTable, { ...options, historyMs: 0.5 }, 'has historyMs 0.5'],
    [declareVersionedTable, { key: string(), historyMs: 1 }, 'has no serde for its value'],
  ])('are refused where they cannot be: %o, %o', (declare, wrong, reason) => {
    expect(() => (declare as typeof declareTimestampedTable)('app', 't', wrong as never)).toThrow(
      expect.objectContaining({ code: 'STREAM_DECLARATION_INVALID', message: expect.stringContaining(reason) }),
    )
  })

  it('lay rows out in order of key and time, and no key is the beginning of another’s rows', () => {
    const { key, value, placedBy } = declareTimestampedTable('app', 't', { ...options, graceMs: 10 })
    expect(hex(key.serialize(['ab', 258, 3]))).toBe('f8026162000000000000010200000003')
    expect(hex(key.serialize(['ab', 258, undefined]))).toBe('f900000000000001026162')
    for (const row of [
      ['ab', 258, 3],
      ['ab', 258, undefined],
    ] as const) {
      expect(key.deserialize(key.serialize(row))).toEqual(row)
      expect(hex(placedBy!(key.serialize(row)))).toBe('6162')
    }
    const sorted = [
      ['a', 1, 0],
      ['a', 1, 1],
      ['a', 2, 0],
      ['a', 2 ** 40, 0],
      ['b', 0, 0],
      ['ab', 0, 0],
    ] as const
    const bytes = sorted.map((row) => key.serialize(row))
    expect(bytes.toSorted(Buffer.compare).map(hex)).toEqual(bytes.map(hex))
    expect(hex(value.serialize({ value: 7 }))).toBe('0137')
    expect(hex(value.serialize({ value: null }))).toBe('00')
    for (const row of [true, { value: 7 }, { value: null }] as const) {
      expect(value.deserialize(value.serialize(row))).toEqual(row)
    }
    expect(() => key.deserialize(Buffer.from([0xf8, 1, 97, 1, 2]))).toThrow('ends in 12 bytes behind its key')
  })

  it('refuse a timestamp that is none, a key that is null and a value that is none', async () => {
    const values = declareTimestampedTable('app', 'values', { ...options, graceMs: 10 })
    const versions = declareVersionedTable('app', 'versions', { ...options, historyMs: 10 })
    const tables = handlesForEvents({ values, versions })(new FakeEvent('a', 1))
    await expect(tables.values.put('a', 1, { timestampMs: 1.5 })).rejects.toMatchObject({
      code: 'STREAM_KEY_INVALID',
      message: 'Table "values" was given the timestamp 1.5; give whole milliseconds since 1970',
    })
    expect(() => tables.versions.put('a', 1, { timestampMs: -2 })).toThrow(/timestamp -2/)
    expect(() => tables.versions.put(null as never, 1)).toThrow(expect.objectContaining({ code: 'STREAM_KEY_INVALID' }))
    for (const put of [
      () => tables.values.put('a', null as never),
      async () => tables.versions.put('a', null as never),
    ]) {
      await expect(put()).rejects.toMatchObject({ code: 'STREAM_VALUE_UNDEFINED' })
    }
  })
})
