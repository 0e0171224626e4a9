import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * A UUID as its 36 characters in UTF-8: the format of Kafka's `UUIDSerializer`. Upper case is taken and turned into lower case in both
 * directions, as Java does, so that one UUID always is one key.
 *
 * @throws STREAM_SERIALIZATION_FAILED, STREAM_DESERIALIZATION_FAILED
 */
export function uuid(): Serde<string> {
  return {
    name: 'uuid',
    serialize(value) {
      if (typeof value !== 'string' || !form.test(value)) {
        throw cannotWrite('uuid()', value, 'a UUID of 36 characters such as crypto.randomUUID() makes')
      }
      return encodeUtf8(value.toLowerCase()) as Uint8Array
    },
    deserialize(bytes) {
      const text = decodeUtf8(bytes)
      if (text === undefined || !form.test(text)) throw cannotRead('uuid()', bytes, 'a UUID is 36 characters of text')
      return text.toLowerCase()
    },
  }
}
