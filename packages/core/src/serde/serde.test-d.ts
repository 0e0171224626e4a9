import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { bytes, double, integer, json, long, type Serde, type SerdeValue, schema, string, uuid } from './index.ts'

interface Flight {
  readonly origin: string
}

expectTypeOf(bytes()).toEqualTypeOf<Serde<Uint8Array>>()
expectTypeOf(string()).toEqualTypeOf<Serde<string>>()
expectTypeOf(uuid()).toEqualTypeOf<Serde<string>>()
expectTypeOf(integer()).toEqualTypeOf<Serde<number>>()
expectTypeOf(double()).toEqualTypeOf<Serde<number>>()
expectTypeOf(long()).toEqualTypeOf<Serde<number>>()
expectTypeOf(long({ as: 'number' })).toEqualTypeOf<Serde<number>>()
expectTypeOf(long({ as: 'bigint' })).toEqualTypeOf<Serde<bigint>>()
expectTypeOf(json<Flight>()).toEqualTypeOf<Serde<Flight>>()
expectTypeOf(json()).toEqualTypeOf<Serde<unknown>>()

expectTypeOf<SerdeValue<Serde<Flight>>>().toEqualTypeOf<Flight>()
expectTypeOf<SerdeValue<ReturnType<typeof string>>>().toEqualTypeOf<string>()

// The output of a schema is the value type, not its input.
expectTypeOf(schema(z.object({ n: z.string().transform(Number) }))).toEqualTypeOf<Serde<{ n: number }>>()
expectTypeOf(schema(v.object({ n: v.pipe(v.string(), v.transform(Number)) }))).toEqualTypeOf<Serde<{ n: number }>>()
expectTypeOf(schema(z.object({ n: z.number() }), json(), { validateWrites: false })).toEqualTypeOf<
  Serde<{ n: number }>
>()
expectTypeOf(schema(z.enum(['a', 'b']), string())).toEqualTypeOf<Serde<'a' | 'b'>>()

// @ts-expect-error a schema of numbers does not stand on text
schema(z.number(), string())
// @ts-expect-error not a schema
schema({ parse: () => 1 })
// @ts-expect-error there is no such form of a long
long({ as: 'string' })
// @ts-expect-error a string serde takes strings
string().serialize(1)
