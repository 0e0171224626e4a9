import { readFileSync } from 'node:fs'

/** What Kafka's Java classes wrote; see README.md beside this file. */
export interface KafkaVectors {
  /** Text of the value as Java prints it, hex of its bytes. */
  readonly integer: readonly (readonly [string, string])[]
  readonly long: readonly (readonly [string, string])[]
  readonly double: readonly (readonly [string, string])[]
  readonly string: readonly (readonly [string, string])[]
  readonly uuid: readonly (readonly [string, string])[]
  /** Hex of the key, its murmur2, its partition of 1, 7 and 12, its CRC-32. */
  readonly keys: readonly (readonly [string, number, readonly [number, number, number], number])[]
  /** Keys made by the generator of {@link generatedKeys}; base64 of their hashes, four bytes each, big endian. */
  readonly generated: { readonly seed: number; readonly count: number; readonly murmur2: string }
}

export const kafkaVectors: KafkaVectors = JSON.parse(
  readFileSync(new URL('./kafka-vectors.json', import.meta.url), 'utf8'),
)

/** The same keys that KafkaVectors.java hashed. */
export function* generatedKeys(): Generator<Uint8Array> {
  let state = kafkaVectors.generated.seed
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
    return state >>> 16
  }
  for (let i = 0; i < kafkaVectors.generated.count; i++) {
    const key = new Uint8Array(next() % 41)
    for (let k = 0; k < key.length; k++) key[k] = next()
    yield key
  }
}
