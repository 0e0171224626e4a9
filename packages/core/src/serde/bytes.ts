import { isUint8Array } from 'node:util/types'
import { cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'

/**
 * Bytes as they are. Both directions copy: what the app keeps or changes never aliases a record or a row.
 *
 * @throws STREAM_SERIALIZATION_FAILED for anything but a Uint8Array (a Buffer is one)
 */
export function bytes(): Serde<Uint8Array> {
  return {
    name: 'bytes',
    serialize(value) {
      if (!isUint8Array(value)) throw cannotWrite('bytes()', value, 'a Uint8Array')
      return new Uint8Array(value)
    },
    deserialize(bytes) {
      return new Uint8Array(bytes)
    },
  }
}
