import { crc32 } from 'node:zlib'
import { StreamError } from '../errors/index.ts'
import { murmur2 } from './murmur2.ts'
import type { RoundRobin } from './round-robin.ts'

/**
 * A partitioner of the user's own: the partition of a key, an integer from 0 to `count - 1`. Pure: the same key and count always give the
 * same answer, on every worker. Null keys never reach it.
 */
export type PartitionFunction = (key: Uint8Array, count: number) => number

/**
 * How the keys of a topic are placed.
 * - `murmur2`: Kafka's Java clients, Kafka Streams, and this library; the default.
 * - `crc32`: librdkafka's default and what stands on it (Python, Go, .NET producers). librdkafka spreads *empty* keys at random under
 *   its default `consistent_random`; here they are placed as under its `consistent`, on partition 0.
 * - a {@link PartitionFunction}.
 * - `unknown`: something else placed them, or nothing did. Such a topic cannot be joined, and keys written to it are placed by murmur2.
 */
export type Partitioner = 'murmur2' | 'crc32' | 'unknown' | PartitionFunction

/**
 * The partition that a record with this key goes to. Null keys are spread by the caller's counter.
 *
 * @param count the topic's partition count, at least 1
 * @throws STREAM_DECLARATION_INVALID where a partition function answers with no partition of the topic
 */
export function partitionOf(
  partitioner: Partitioner,
  key: Uint8Array | null,
  count: number,
  nullKeys: RoundRobin,
): number {
  if (key === null) return nullKeys.next(count)
  return partitionOfKey(partitioner, key, count)
}

/**
 * The partition that owns a key. For `unknown` it is only where this library would write it: check for `unknown` before relying on it.
 *
 * @param count the topic's partition count, at least 1
 * @throws STREAM_DECLARATION_INVALID where a partition function answers with no partition of the topic
 */
export function partitionOfKey(partitioner: Partitioner, key: Uint8Array, count: number): number {
  if (partitioner === 'murmur2' || partitioner === 'unknown') return (murmur2(key) & 0x7fffffff) % count
  if (partitioner === 'crc32') return crc32(key) % count
  const partition = partitioner(key, count)
  if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `${describePartitioner(partitioner)} answered ${String(partition)}; it must give an integer from 0 to ${count - 1}`,
      place: { partitions: count },
    })
  }
  return partition
}

/** Whether two topics place equal keys alike, given equal partition counts. `unknown` is like nothing, not even itself. */
export function samePartitioner(one: Partitioner, other: Partitioner): boolean {
  return one === other && one !== 'unknown'
}

/** For messages and descriptions: `murmur2`, `partition function byRegion`. */
export function describePartitioner(partitioner: Partitioner): string {
  if (typeof partitioner === 'string') return partitioner
  return partitioner.name === '' ? 'partition function' : `partition function ${partitioner.name}`
}
