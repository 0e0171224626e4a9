/**
 * The 32-bit hash of Kafka's default partitioner (Austin Appleby's MurmurHash2 with Kafka's seed), as a signed integer.
 * Equal to `org.apache.kafka.common.utils.Utils.murmur2` for every input.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const words = length & ~3
  let hash = 0x9747b28c ^ length
  for (let i = 0; i < words; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    word = Math.imul(word, 0x5bd1e995)
    word ^= word >>> 24
    hash = Math.imul(hash, 0x5bd1e995) ^ Math.imul(word, 0x5bd1e995)
  }
  const rest = length & 3
  if (rest !== 0) {
    if (rest === 3) hash ^= bytes[words + 2]! << 16
    if (rest >= 2) hash ^= bytes[words + 1]! << 8
    hash = Math.imul(hash ^ bytes[words]!, 0x5bd1e995)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0x5bd1e995)
  return hash ^ (hash >>> 15)
}
