import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamError, type StreamErrorCode } from '../errors/index.ts'
import { bytes } from './bytes.ts'
import { double } from './double.ts'
import { integer } from './integer.ts'
import { json } from './json.ts'
import { long } from './long.ts'
import type { Serde } from './serde.ts'
import { string } from './string.ts'
import { uuid } from './uuid.ts'

function refusal(work: () => unknown): { code: StreamErrorCode; message: string } {
  try {
    work()
  } catch (error) {
    if (!StreamError.is(error)) throw error
    return { code: error.code, message: error.message }
  }
  throw new Error('nothing was refused')
}

function roundTrips<T>(serde: Serde<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, (value) => {
      const written = serde.serialize(value)
      const inLargerBuffer = Buffer.concat([Buffer.of(9, 9), written, Buffer.of(9)]).subarray(2, 2 + written.length)
      expect(serde.deserialize(new Uint8Array(written))).toStrictEqual(value)
      expect(serde.deserialize(inLargerBuffer)).toStrictEqual(value)
    }),
  )
}

const wellFormed = fc.string({ unit: 'binary', maxLength: 80 })

describe('every serde', () => {
  it('reads what it wrote', () => {
    roundTrips(
      bytes(),
      fc.uint8Array().map((array) => new Uint8Array(array)),
    )
    roundTrips(string(), wellFormed)
    roundTrips(string(), fc.string({ maxLength: 40 }))
    roundTrips(integer(), fc.integer())
    roundTrips(long(), fc.maxSafeInteger())
    roundTrips(long({ as: 'bigint' }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    roundTrips(double(), fc.double())
    roundTrips(uuid(), fc.uuid())
    roundTrips(
      json(),
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    )
  })
  it('keeps no reference to the bytes it reads', () => {
    const check = (serde: Serde<unknown>, written: Uint8Array): void => {
      const buffer = Uint8Array.from(written)
      const before = serde.deserialize(buffer)
      const copy = structuredClone(before)
      buffer.fill(0x37)
      expect(before, serde.name).toStrictEqual(copy)
    }
    check(bytes() as Serde<unknown>, new Uint8Array([1, 2, 3]))
    check(json(), json().serialize({ a: ['b'] }))
    check(string() as Serde<unknown>, string().serialize('héllo'))
  })
  it('never gives out the bytes of an earlier value', () => {
    const serde = double()
    const one = serde.serialize(1)
    const kept = Uint8Array.from(one)
    serde.serialize(2)
    expect(one).toEqual(kept)
  })
  it('refuses undefined with a code of its own, and the remedy', () => {
    for (const serde of [bytes(), string(), integer(), long(), double(), uuid(), json()] as Serde<unknown>[]) {
      const { code, message } = refusal(() => serde.serialize(undefined))
      expect(code, serde.name).toBe('STREAM_VALUE_UNDEFINED')
      expect(message).toContain('null to write a tombstone')
    }
  })
  it('claims primitive identity only where equal values are exactly equal bytes', () => {
    const claims = [bytes(), string(), integer(), long(), long({ as: 'bigint' }), double(), uuid(), json()]
      .filter((serde) => serde.primitiveIdentity === true)
      .map((serde) => serde.name)
    expect(claims).toEqual(['string', 'integer', 'long'])
  })
})

describe('bytes', () => {
  it('does not alias what the caller goes on changing', () => {
    const mine = new Uint8Array([1, 2, 3])
    const written = bytes().serialize(mine)
    mine[0] = 9
    expect(written).toEqual(new Uint8Array([1, 2, 3]))
  })
  it('refuses what is no Uint8Array', () => {
    expect(refusal(() => bytes().serialize('text' as never)).message).toBe(
      'bytes() cannot write a string; give a Uint8Array',
    )
    expect(refusal(() => bytes().serialize([1] as never)).message).toContain('an array')
  })
})

describe('string', () => {
  it.each(['\ud800', 'ok then \udc00', `${'x'.repeat(100)}\ud83d`])(
    'refuses a lone surrogate, never replaces it',
    (text) => {
      const { code, message } = refusal(() => string().serialize(text))
      expect(code).toBe('STREAM_SERIALIZATION_FAILED')
      expect(message).toContain('lone surrogates')
    },
  )
  it('refuses exactly the bytes that a strict decoder refuses', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const nearUtf8 = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.tuple(wellFormed, fc.nat(200), fc.nat(255)).map(([text, at, byte]) => {
        const encoded = Uint8Array.from(Buffer.from(text))
        if (encoded.length > 0) encoded[at % encoded.length] = byte
        return encoded
      }),
    )
    fc.assert(
      fc.property(nearUtf8, (encoded) => {
        let expected: string | undefined
        try {
          expected = strict.decode(encoded)
        } catch {
          expected = undefined
        }
        if (expected === undefined) {
          expect(refusal(() => string().deserialize(encoded)).code).toBe('STREAM_DESERIALIZATION_FAILED')
        } else expect(string().deserialize(encoded)).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })
  it('refuses overlong forms, surrogates and truncation, without showing the content', () => {
    for (const hex of ['c080', 'eda080', 'e2829', 'f09f98', 'ff', '80']) {
      const malformed = Buffer.from(`736563726574${hex.length % 2 === 0 ? hex : hex.slice(0, -1)}`, 'hex')
      const { code, message } = refusal(() => string().deserialize(malformed))
      expect(code, hex).toBe('STREAM_DESERIALIZATION_FAILED')
      expect(message).not.toContain('secret')
    }
  })
  it('refuses other types', () => {
    expect(refusal(() => string().serialize(5 as never)).message).toBe(
      'string() cannot write this number; give a string',
    )
    expect(refusal(() => string().serialize(new Date() as never)).message).toContain('an instance of Date')
  })
})

describe('json', () => {
  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['an object whose toJSON gives undefined', { toJSON: () => undefined }],
  ])('refuses %s', (_, value) => {
    expect(refusal(() => json().serialize(value)).code).toBe('STREAM_SERIALIZATION_FAILED')
  })
  it('refuses a bigint anywhere, and says what to do', () => {
    expect(refusal(() => json().serialize({ deep: [1n] })).message).toContain('it holds a bigint')
    expect(refusal(() => json().serialize(1n)).message).toContain('write it as a string or a number')
  })
  it('refuses cycles', () => {
    const loop: { self?: unknown } = {}
    loop.self = loop
    expect(refusal(() => json().serialize(loop)).message).toContain('refers to itself')
  })
  it('says why a toJSON failed', () => {
    const broken = {
      toJSON(): void {
        throw new Error('no price')
      },
    }
    expect(refusal(() => json().serialize(broken)).message).toContain('no price')
  })
  it('writes lone surrogates as escapes, so they survive', () => {
    expect(json().deserialize(json().serialize('\ud800'))).toBe('\ud800')
  })
  it('refuses what is no JSON, with the position and without the content', () => {
    const { code, message } = refusal(() => json().deserialize(Buffer.from('{"password":"hunter2",,}')))
    expect(code).toBe('STREAM_DESERIALIZATION_FAILED')
    expect(message).toContain('24 bytes')
    expect(message).toContain('from character 22 on')
    expect(message).not.toContain('hunter2')
  })
  it.each(['', '{', 'nul'])('refuses %j', (text) => {
    expect(refusal(() => json().deserialize(Buffer.from(text))).code).toBe('STREAM_DESERIALIZATION_FAILED')
  })
  it('refuses malformed UTF-8 instead of reading U+FFFD', () => {
    expect(refusal(() => json().deserialize(Buffer.from('22ff22', 'hex'))).message).toContain('not valid UTF-8')
  })
})

describe('numbers', () => {
  it.each([0.5, 2 ** 31, -(2 ** 31) - 1, Number.NaN, Number.POSITIVE_INFINITY, '1', 1n])(
    'integer() refuses %s',
    (value) => {
      expect(refusal(() => integer().serialize(value as number)).code).toBe('STREAM_SERIALIZATION_FAILED')
    },
  )
  it.each([0.5, 2 ** 53, Number.NaN, 1n])('long() refuses %s', (value) => {
    expect(refusal(() => long().serialize(value as number)).message).toContain("long({ as: 'bigint' })")
  })
  it('long() refuses to round what it reads', () => {
    for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n]) {
      const written = long({ as: 'bigint' }).serialize(value)
      expect(refusal(() => long().deserialize(written)).message).toContain('beyond 2^53 - 1')
    }
  })
  it.each([2n ** 63n, -(2n ** 63n) - 1n, 1])('long() as bigint refuses %s', (value) => {
    expect(refusal(() => long({ as: 'bigint' }).serialize(value as bigint)).code).toBe('STREAM_SERIALIZATION_FAILED')
  })
  it('every number refuses a wrong length', () => {
    for (const serde of [integer(), long(), long({ as: 'bigint' }), double()] as Serde<unknown>[]) {
      for (const length of [0, 3, 5, 7, 9]) {
        expect(refusal(() => serde.deserialize(new Uint8Array(length))).code).toBe('STREAM_DESERIALIZATION_FAILED')
      }
    }
  })
  it('double() writes every NaN as one', () => {
    const odd = new DataView(new ArrayBuffer(8))
    odd.setBigUint64(0, 0xfff8000000001234n)
    expect(double().serialize(odd.getFloat64(0))).toEqual(double().serialize(Number.NaN))
  })
})

describe('uuid', () => {
  it('makes one key of upper and lower case', () => {
    const upper = 'F47AC10B-58CC-4372-A567-0E02B2C3D479'
    expect(uuid().serialize(upper)).toEqual(uuid().serialize(upper.toLowerCase()))
    expect(uuid().deserialize(Buffer.from(upper))).toBe(upper.toLowerCase())
  })
  it.each(['', 'f47ac10b58cc4372a5670e02b2c3d479', '{f47ac10b-58cc-4372-a567-0e02b2c3d479}', 'x'.repeat(36)])(
    'refuses %j',
    (text) => {
      expect(refusal(() => uuid().serialize(text)).code).toBe('STREAM_SERIALIZATION_FAILED')
      expect(refusal(() => uuid().deserialize(Buffer.from(text))).code).toBe('STREAM_DESERIALIZATION_FAILED')
    },
  )
})
