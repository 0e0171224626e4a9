const multiplier = 0x5bd1e995

/** Where Kafka's Java clients put a key: MurmurHash2 (Austin Appleby), written down a second time, as the judge of core's own. */
export function partitionOfKey(key: string | Uint8Array, partitions: number): number {
  const bytes = Buffer.from(key)
  let hash = 0x9747b28c ^ bytes.length
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), multiplier)
    hash = Math.imul(hash, multiplier) ^ Math.imul(word ^ (word >>> 24), multiplier)
  }
  for (let at = bytes.length - 1; at >= whole; at--) hash ^= bytes[at]! << (8 * (at - whole))
  if (whole < bytes.length) hash = Math.imul(hash, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return ((hash ^ (hash >>> 15)) & 0x7fffffff) % partitions
}

/** The first `count` keys `<prefix><number>` that lie in a partition. */
export function keysOf(partition: number, partitions: number, count: number, prefix: string = 'k'): string[] {
  const keys: string[] = []
  for (let i = 0; keys.length < count; i++) {
    if (partitionOfKey(`${prefix}${i}`, partitions) === partition) keys.push(`${prefix}${i}`)
  }
  return keys
}
