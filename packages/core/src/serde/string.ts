import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/**
 * Text as UTF-8, the format of Kafka's `StringSerializer`. Lossless: what UTF-8 cannot express (a lone surrogate) is refused on the way
 * out, malformed UTF-8 on the way in; nothing is ever replaced by U+FFFD.
 *
 * @throws STREAM_SERIALIZATION_FAILED, STREAM_DESERIALIZATION_FAILED
 */
export function string(): Serde<string> {
  return {
    name: 'string',
    primitiveIdentity: true,
    serialize(value) {
      if (typeof value !== 'string') throw cannotWrite('string()', value, 'a string')
      const encoded = encodeUtf8(value)
      if (encoded === undefined) throw cannotWrite('string()', value, 'text without lone surrogates (see toWellFormed)')
      return encoded
    },
    deserialize(bytes) {
      const text = decodeUtf8(bytes)
      if (text === undefined) throw cannotRead('string()', bytes, 'they are not valid UTF-8; bytes() takes any')
      return text
    },
  }
}
