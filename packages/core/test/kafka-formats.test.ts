import { describe, expect, it } from 'vitest'
import { murmur2, partitionOfKey } from '../src/partitioner/index.ts'
import { double, integer, long, type Serde, string, uuid } from '../src/serde/index.ts'
import { generatedKeys, kafkaVectors } from './vectors/kafka-vectors.ts'

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** A view inside a larger buffer, as a fetched record is. */
function inside(text: string): Uint8Array {
  return Buffer.from(`ffff${text}ffff`, 'hex').subarray(2, 2 + text.length / 2)
}

function sameAsKafka<T>(
  serde: Serde<T>,
  rows: readonly (readonly [string, string])[],
  parse: (text: string) => T,
): void {
  expect(rows.length).toBeGreaterThan(3)
  for (const [text, written] of rows) {
    const value = parse(text)
    expect(hex(serde.serialize(value)), text).toBe(written)
    expect(serde.deserialize(inside(written)), text).toStrictEqual(value)
  }
}

describe('formats of org.apache.kafka.common.serialization, byte for byte', () => {
  it('integer() is IntegerSerializer', () => sameAsKafka(integer(), kafkaVectors.integer, Number))
  it('long() is LongSerializer for safe integers', () => {
    const safe = kafkaVectors.long.filter(([text]) => Number.isSafeInteger(Number(text)))
    expect(safe).toHaveLength(12)
    sameAsKafka(long(), safe, Number)
  })
  it('long() as bigint is LongSerializer for all 64 bits', () =>
    sameAsKafka(long({ as: 'bigint' }), kafkaVectors.long, BigInt))
  it('double() is DoubleSerializer, NaN and -0 included', () => sameAsKafka(double(), kafkaVectors.double, Number))
  it('string() is StringSerializer', () => sameAsKafka(string(), kafkaVectors.string, String))
  it('uuid() is UUIDSerializer', () => sameAsKafka(uuid(), kafkaVectors.uuid, String))
})

describe('placement as Kafka and librdkafka have it', () => {
  it('murmur2 equals Utils.murmur2 for 10,000 keys of 0 to 40 bytes', () => {
    const expected = Buffer.from(kafkaVectors.generated.murmur2, 'base64')
    expect(expected).toHaveLength(40_000)
    const wrong: number[] = []
    let i = 0
    for (const key of generatedKeys()) {
      if (murmur2(key) !== expected.readInt32BE(i * 4)) wrong.push(i)
      i++
    }
    expect(wrong).toEqual([])
    expect(i).toBe(10_000)
  })
  it('murmur2 places keys where BuiltInPartitioner does', () => {
    for (const [key, hash, [of1, of7, of12]] of kafkaVectors.keys) {
      const bytes = inside(key)
      expect(murmur2(bytes), key).toBe(hash)
      expect(
        [1, 7, 12].map((count) => partitionOfKey('murmur2', bytes, count)),
        key,
      ).toEqual([of1, of7, of12])
    }
  })
  it('crc32 places keys by their unsigned CRC-32', () => {
    for (const [key, , , crc] of kafkaVectors.keys) {
      for (const count of [1, 7, 12]) expect(partitionOfKey('crc32', inside(key), count), key).toBe(crc % count)
    }
  })
})
