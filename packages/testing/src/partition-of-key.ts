import { crc32 } from 'node:zlib'
import type { TopicDeclaration } from '@stream/core'

const multiplier = 0x5bd1e995
const seed = 0x9747b28c | 0

/** Where a producer of this kind would put the key, so that inputs lie where the app expects them. */
export function partitionOfKey(partitioner: TopicDeclaration['partitioner'], key: Uint8Array, count: number): number {
  if (typeof partitioner === 'function') return partitioner(key, count)
  if (partitioner === 'crc32') return crc32(key) % count
  return (murmur2(key) & 0x7fffffff) % count
}

/** MurmurHash2 by Austin Appleby, 32 bits, with the seed of Kafka's Java clients. */
function murmur2(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  const whole = key.length & ~3
  let hash = seed ^ key.length
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  if (whole < key.length) {
    for (let at = key.length - 1; at >= whole; at -= 1) hash ^= (key[at] as number) << (8 * (at - whole))
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
