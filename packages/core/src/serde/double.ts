import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'

/**
 * A 64-bit IEEE 754 number, big endian: the format of Kafka's `DoubleSerializer`. Every NaN is written as the one NaN Java writes.
 *
 * @throws STREAM_SERIALIZATION_FAILED, STREAM_DESERIALIZATION_FAILED unless there are 8 bytes
 */
export function double(): Serde<number> {
  const scratch = new Uint8Array(8)
  const view = new DataView(scratch.buffer)
  return {
    name: 'double',
    serialize(value) {
      if (typeof value !== 'number') throw cannotWrite('double()', value, 'a number')
      // The engine may keep the payload of a NaN, so the canonical one is written by its bits.
      if (Number.isNaN(value)) view.setBigUint64(0, 0x7ff8000000000000n)
      else view.setFloat64(0, value)
      return scratch.slice()
    },
    deserialize(bytes) {
      if (bytes.length !== 8) throw cannotRead('double()', bytes, 'a double has exactly 8')
      scratch.set(bytes)
      return view.getFloat64(0)
    },
  }
}
