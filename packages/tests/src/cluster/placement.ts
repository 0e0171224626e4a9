import { partitionOfKey as placed } from '@stream/core'

/** Where a producer that places as Kafka's Java clients do puts a key. */
export function partitionOfKey(key: string | Uint8Array, partitions: number): number {
  return placed('murmur2', Buffer.from(key), partitions)
}

/** The first `count` keys `<prefix><number>` that lie in a partition. */
export function keysOf(partition: number, partitions: number, count: number, prefix: string = 'k'): string[] {
  const keys: string[] = []
  for (let i = 0; keys.length < count; i++) {
    if (partitionOfKey(`${prefix}${i}`, partitions) === partition) keys.push(`${prefix}${i}`)
  }
  return keys
}
