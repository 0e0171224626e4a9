import { describeThrown, StreamError } from '../errors/index.ts'
import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/**
 * JSON as UTF-8. `T` is what the app believes the log holds; {@link schema} checks it as well.
 * What JSON has no form for is refused at the top level (undefined, functions, symbols) and, for bigints and cycles, anywhere.
 *
 * @throws STREAM_SERIALIZATION_FAILED, STREAM_VALUE_UNDEFINED, STREAM_DESERIALIZATION_FAILED (with the position, never the content)
 */
export function json<T = unknown>(): Serde<T> {
  return {
    name: 'json',
    serialize(value) {
      const text = stringify(value)
      if (text === undefined) throw cannotWrite('json()', value, 'a value that JSON can express')
      // JSON.stringify escapes lone surrogates, so its output always has a UTF-8 form.
      return encodeUtf8(text) as Uint8Array
    },
    deserialize(bytes) {
      const text = decodeUtf8(bytes)
      if (text === undefined) throw cannotRead('json()', bytes, 'they are not valid UTF-8')
      try {
        return JSON.parse(text) as T
      } catch (cause) {
        throw cannotRead('json()', bytes, whereParsingFailed(cause))
      }
    },
  }
}

function stringify(value: unknown): string | undefined {
  try {
    // Undefined for undefined, functions and symbols, which the declared type of JSON.stringify leaves out.
    return JSON.stringify(value) as string | undefined
  } catch (cause) {
    if (StreamError.is(cause)) throw cause
    const reason = describeThrown(cause)
    const remedy = reason.includes('BigInt')
      ? 'it holds a bigint, which JSON has no form for; write it as a string or a number, or give the object a toJSON'
      : reason.includes('circular')
        ? 'it refers to itself; write a value without cycles'
        : `its toJSON or a getter threw: ${reason}`
    throw new StreamError({
      code: 'STREAM_SERIALIZATION_FAILED',
      message: `json() cannot write this value: ${remedy}`,
      cause,
      place: { serde: 'json()' },
    })
  }
}

/** The parser's own message quotes the text; only the position is taken over. */
function whereParsingFailed(cause: unknown): string {
  const position = /at position (\d+)/.exec(describeThrown(cause))?.[1]
  return position === undefined ? 'they are not JSON' : `they are not JSON (from character ${position} on)`
}
