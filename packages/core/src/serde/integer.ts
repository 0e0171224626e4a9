import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'

/**
 * A 32-bit signed integer, big endian: the format of Kafka's `IntegerSerializer`.
 *
 * @throws STREAM_SERIALIZATION_FAILED for fractions and numbers beyond 32 bits, STREAM_DESERIALIZATION_FAILED unless there are 4 bytes
 */
export function integer(): Serde<number> {
  return {
    name: 'integer',
    primitiveIdentity: true,
    serialize(value) {
      if (typeof value !== 'number' || (value | 0) !== value) {
        throw cannotWrite('integer()', value, 'an integer from -2147483648 to 2147483647 (long() holds more)')
      }
      const bytes = new Uint8Array(4)
      bytes[0] = value >> 24
      bytes[1] = value >> 16
      bytes[2] = value >> 8
      bytes[3] = value
      return bytes
    },
    deserialize(bytes) {
      if (bytes.length !== 4) throw cannotRead('integer()', bytes, 'an integer has exactly 4')
      return (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!
    },
  }
}
