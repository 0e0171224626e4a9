import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { StreamError } from '../errors/index.ts'
import { json } from './json.ts'
import { schema } from './schema.ts'
import { string } from './string.ts'

const zodFlight = z.object({ origin: z.string().length(3), delay: z.number(), at: z.coerce.date() })
const valibotFlight = v.object({
  origin: v.pipe(v.string(), v.length(3)),
  delay: v.number(),
  at: v.pipe(
    v.union([v.string(), v.date()]),
    v.transform((text) => new Date(text)),
  ),
})

function refusal(work: () => unknown): StreamError {
  try {
    work()
  } catch (error) {
    if (StreamError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe.each([
  ['zod', schema(zodFlight)],
  ['valibot', schema(valibotFlight)],
])('schema() on %s', (vendor, serde) => {
  const flight = { origin: 'ORD', delay: 12, at: new Date('2001-01-10T18:20:00Z') }

  it('reads what it wrote, with the transforms of the schema', () => {
    expect(serde.deserialize(serde.serialize(flight))).toEqual(flight)
  })
  it('refuses to read what does not match, with every path', () => {
    const error = refusal(() => serde.deserialize(json().serialize({ origin: 'LONG', delay: 'x', at: '2001-01-10' })))
    expect(error.code).toBe('STREAM_DESERIALIZATION_FAILED')
    expect(error.message).toContain(`the value read does not match its ${vendor} schema`)
    expect(error.message).toMatch(/origin: .*; delay: /)
  })
  it('refuses to write what could not be read again', () => {
    const error = refusal(() => serde.serialize({ ...flight, origin: 'LONG' }))
    expect(error.code).toBe('STREAM_SERIALIZATION_FAILED')
    expect(error.message).toContain('origin')
  })
  it('has the name of the format below', () => {
    expect(serde.name).toBe('json')
  })
})

describe('schema()', () => {
  it('stands on any serde', () => {
    const iata = schema(z.string().length(3), string())
    expect(iata.name).toBe('string')
    expect(Buffer.from(iata.serialize('ORD')).toString()).toBe('ORD')
    expect(refusal(() => iata.deserialize(Buffer.from('LONG'))).message).toContain('the value: ')
  })
  it('writes unchecked where validateWrites is false', () => {
    const serde = schema(z.object({ delay: z.number() }), json(), { validateWrites: false })
    expect(Buffer.from(serde.serialize({ delay: 'x' as never })).toString()).toBe('{"delay":"x"}')
  })
  it('counts the issues it does not list', () => {
    const error = refusal(() => schema(z.array(z.string())).deserialize(json().serialize([1, 2, 3, 4, 5, 6, 7])))
    expect(error.message).toContain('(and 2 more)')
    expect(error.place.issues).toBe(7)
  })
  it('refuses asynchronous schemas, and leaves no unhandled rejection', () => {
    const serdes = [
      schema(z.string().refine(async () => true)),
      schema(
        v.pipeAsync(
          v.string(),
          v.checkAsync(async () => Promise.reject(new Error('late'))),
        ),
      ),
    ]
    for (const serde of serdes) {
      const error = refusal(() => serde.deserialize(json().serialize('x')))
      expect(error.code).toBe('STREAM_DECLARATION_INVALID')
      expect(error.message).toContain('synchronous schema')
    }
  })
  it('refuses what is no schema when it is declared', () => {
    expect(refusal(() => schema({} as never)).code).toBe('STREAM_DECLARATION_INVALID')
    expect(refusal(() => schema(undefined as never)).message).toContain('no Standard Schema')
  })
})
