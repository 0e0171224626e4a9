import { cannotRead, cannotWrite } from './refusal.ts'
import type { Serde } from './serde.ts'

/** Which JavaScript type {@link long} uses. */
export interface LongOptions<As extends 'number' | 'bigint' = 'number' | 'bigint'> {
  /**
   * `number` holds integers up to 2^53 - 1 and refuses larger ones, never rounds; `bigint` holds all 64 bits.
   * @default 'number'
   */
  readonly as?: As
}

/**
 * A 64-bit signed integer, big endian: the format of Kafka's `LongSerializer`.
 *
 * @throws STREAM_SERIALIZATION_FAILED, STREAM_DESERIALIZATION_FAILED for what the chosen JavaScript type or 64 bits cannot hold
 */
export function long(options?: LongOptions<'number'>): Serde<number>
export function long(options: LongOptions<'bigint'>): Serde<bigint>
export function long(options: LongOptions = {}): Serde<number> | Serde<bigint> {
  return options.as === 'bigint' ? longAsBigint() : longAsNumber()
}

const twoToThe32 = 4_294_967_296

function longAsNumber(): Serde<number> {
  return {
    name: 'long',
    primitiveIdentity: true,
    serialize(value) {
      if (!Number.isSafeInteger(value)) {
        throw cannotWrite('long()', value, "a safe integer (long({ as: 'bigint' }) holds all 64 bits)")
      }
      const bytes = new Uint8Array(8)
      writeInt32(bytes, 0, Math.floor(value / twoToThe32))
      writeInt32(bytes, 4, value | 0)
      return bytes
    },
    deserialize(bytes) {
      if (bytes.length !== 8) throw cannotRead('long()', bytes, 'a long has exactly 8')
      const value = readInt32(bytes, 0) * twoToThe32 + (readInt32(bytes, 4) >>> 0)
      if (!Number.isSafeInteger(value)) {
        throw cannotRead('long()', bytes, "the number is beyond 2^53 - 1; long({ as: 'bigint' }) holds it")
      }
      return value
    },
  }
}

function longAsBigint(): Serde<bigint> {
  return {
    name: 'long',
    serialize(value) {
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
        throw cannotWrite("long({ as: 'bigint' })", value, 'a bigint of at most 64 bits, sign included')
      }
      const bytes = new Uint8Array(8)
      writeInt32(bytes, 0, Number(value >> 32n))
      writeInt32(bytes, 4, Number(BigInt.asIntN(32, value)))
      return bytes
    },
    deserialize(bytes) {
      if (bytes.length !== 8) throw cannotRead("long({ as: 'bigint' })", bytes, 'a long has exactly 8')
      return (BigInt(readInt32(bytes, 0)) << 32n) | BigInt(readInt32(bytes, 4) >>> 0)
    },
  }
}

function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
