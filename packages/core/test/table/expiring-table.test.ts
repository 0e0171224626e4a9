import { describe, expect, it } from 'vitest'
import { json, string } from '../../src/serde/index.ts'
import { declareExpiringTable, declareSetTable, handlesForEvents } from '../../src/table/index.ts'
import { FakeEvent } from '../agent/fake-event.ts'

const options = { key: string(), value: json<number>() }

describe('a table whose rows go by themselves', () => {
  it.each([
    [{ ...options, ttl: null }, 'ttl that is no object'],
    [{ ...options, ttl: { clock: 'sun' } }, "it is 'event' or 'wall'"],
    [{ ...options, ttl: { afterMs: 0 } }, 'ttl.afterMs 0; give a whole number of milliseconds above 0'],
    [{ ...options, ttl: { afterMs: 1.5 } }, 'ttl.afterMs 1.5'],
    [{ key: string(), ttl: {} }, 'has no serde for its value'],
  ])('is refused where it cannot be one: %o', (wrong, reason) => {
    expect(() => declareExpiringTable('app', 't', wrong as never)).toThrow(
      expect.objectContaining({ code: 'STREAM_DECLARATION_INVALID', message: expect.stringContaining(reason) }),
    )
  })

  it.each([0, -1, 0.5, Number.NaN])('refuses a write that lasts %d ms, and says what to give', (ttlMs) => {
    const table = declareExpiringTable('app', 't', { ...options, ttl: {} })
    const { t } = handlesForEvents({ t: table })(new FakeEvent('a', 1))
    expect(() => t.set('a', 1, { ttlMs })).toThrow(
      expect.objectContaining({
        code: 'STREAM_DECLARATION_INVALID',
        message: expect.stringContaining('or null for a row that stays'),
      }),
    )
    expect(() => t.set('a', null as never)).toThrow(expect.objectContaining({ code: 'STREAM_VALUE_UNDEFINED' }))
  })

  it('lays rows out as they are kept: values behind their end, and rows of their own that tell when to look', () => {
    const { key, value, placedBy } = declareExpiringTable('app', 't', { ...options, ttl: { afterMs: 1_000 } })
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    expect(hex(key.serialize(['ab']))).toBe('f86162')
    expect(hex(key.serialize(['ab', 258]))).toBe('f900000000000001026162')
    expect(key.deserialize(key.serialize(['ab']))).toEqual(['ab'])
    expect(key.deserialize(key.serialize(['ab', 258]))).toEqual(['ab', 258])
    for (const row of [key.serialize(['ab']), key.serialize(['ab', 258])]) expect(hex(placedBy!(row))).toBe('6162')
    expect(hex(value.serialize({ value: 7, expiresMs: 258 }))).toBe('000000000000010237')
    expect(hex(value.serialize({ value: 7, expiresMs: undefined }))).toBe('000000000000000037')
    expect(hex(value.serialize(true))).toBe('')
    for (const row of [true, { value: 7, expiresMs: 258 }, { value: 7, expiresMs: undefined }] as const) {
      expect(value.deserialize(value.serialize(row))).toEqual(row)
    }
    expect(() => key.deserialize(Buffer.from('ab'))).toThrow('another kind of table wrote them')
    expect(() => value.deserialize(Buffer.from('1'))).toThrow('at least 8 bytes')
  })
})

describe('a table of sets', () => {
  it('lays a row out for each member, and no key is the beginning of another’s rows', () => {
    const { key, value, placedBy } = declareSetTable('app', 's', { key: string(), member: string() })
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    expect(hex(key.serialize(['a', 'b']))).toBe('f8016162')
    expect(hex(key.serialize(['ab', '']))).toBe('f8026162')
    expect(hex(value.serialize(true))).toBe('')
    const long = 'k'.repeat(300)
    expect(key.deserialize(key.serialize([long, 'm']))).toEqual([long, 'm'])
    expect(Buffer.from(placedBy!(key.serialize([long, 'm']))).toString()).toBe(long)
    expect(() => key.deserialize(Buffer.from([0xf8, 9, 1]))).toThrow('another kind of table wrote them')
  })

  it('refuses a key that is null, and options that are no serdes', () => {
    const table = declareSetTable('app', 's', { key: string(), member: string() })
    const { s } = handlesForEvents({ s: table })(new FakeEvent('a', 1))
    expect(() => s.add(null as never, 'm')).toThrow(expect.objectContaining({ code: 'STREAM_KEY_INVALID' }))
    expect(() => declareSetTable('app', 's', { key: string() } as never)).toThrow('has no serde for its member')
  })
})
