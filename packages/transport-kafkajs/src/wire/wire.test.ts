import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

describe('the wire format', () => {
  it('reads back every primitive as it was written, whatever the buffer began with', () => {
    const value = fc.record({
      flag: fc.boolean(),
      tiny: fc.integer({ min: -128, max: 127 }),
      short: fc.integer({ min: -32768, max: 32767 }),
      int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      long: fc.maxSafeInteger(),
      unsigned: fc.nat(2 ** 31 - 1),
      text: fc.option(fc.string({ unit: 'grapheme' })),
      bytes: fc.uint8Array(),
      list: fc.array(fc.integer({ min: -1000, max: 1000 })),
    })
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 64 }), (v, initialBytes) => {
        const out = new WireWriter(initialBytes)
        out.bool(v.flag).int8(v.tiny).int16(v.short).int32(v.int).int64(v.long).unsignedVarint(v.unsigned)
        out.string(v.text).compactString(v.text).byteString(v.bytes).compactBytes(v.bytes)
        out.array(v.list, (one) => out.int32(one)).compactArray(v.list, (one) => out.int32(one))
        out.tags()
        const reader = new WireReader(out.finish())
        expect([reader.bool(), reader.int8(), reader.int16(), reader.int32()]).toEqual([v.flag, v.tiny, v.short, v.int])
        expect([reader.int64(), reader.unsignedVarint()]).toEqual([v.long, v.unsigned])
        expect([reader.nullableString(), reader.compactNullableString()]).toEqual([v.text, v.text])
        expect(Uint8Array.from(reader.byteString())).toEqual(v.bytes)
        expect(reader.unsignedVarint()).toBe(v.bytes.length + 1)
        for (const byte of v.bytes) expect(reader.int8() & 0xff).toBe(byte)
        expect(reader.array(() => reader.int32())).toEqual(v.list)
        expect(reader.compactArray(() => reader.int32())).toEqual(v.list)
        reader.tags()
        expect(reader.atEnd).toBe(true)
      }),
    )
  })

  it('steps over tagged fields it does not know', () => {
    const reader = new WireReader(Buffer.from([2, 0, 1, 9, 5, 2, 7, 8, 42]))
    reader.tags()
    expect(reader.int8()).toBe(42)
  })

  it('refuses to read past the end', () => {
    expect(() => new WireReader(Buffer.from([0, 9, 65])).string()).toThrow(RangeError)
    expect(() => new WireReader(Buffer.from([0])).int32()).toThrow(RangeError)
  })
})
