import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VarintCursor, varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

describe('varints', () => {
  it('read back what was written, in exactly the bytes announced', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        const bytes = new Uint8Array(8)
        const end = writeVarint(bytes, value, 1)
        const cursor = new VarintCursor(bytes, 1)
        expect([cursor.int(), cursor.at, varintBytes(value)]).toEqual([value, end, end - 1])
      }),
      { examples: [[0], [-1], [63], [64], [2 ** 31 - 1], [-(2 ** 31)]] },
    )
  })

  it('carry numbers wider than 32 bits, as timestamps far apart need', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
        const bytes = new Uint8Array(10)
        const end = writeVarlong(bytes, value, 0)
        const cursor = new VarintCursor(bytes, 0)
        expect([cursor.long(), cursor.at, varlongBytes(value)]).toEqual([value, end, end])
      }),
      { examples: [[0], [-1], [2 ** 31], [-(2 ** 31) - 1], [2 ** 51]] },
    )
  })

  it('encode as zigzag does: small numbers of either sign are short', () => {
    const bytes = new Uint8Array(5)
    expect(bytes.subarray(0, writeVarint(bytes, -1, 0))).toEqual(Uint8Array.of(1))
    expect(bytes.subarray(0, writeVarint(bytes, 150, 0))).toEqual(Uint8Array.of(0xac, 0x02))
  })
})
