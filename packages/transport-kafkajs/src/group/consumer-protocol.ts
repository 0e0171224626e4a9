import type { TopicPartition } from '@stream/core/adapter'
import { readTopics, writeTopics } from '../requests/index.ts'
import { WireReader, WireWriter } from '../wire/index.ts'

/** What a member tells the leader (the broker passes it on unread). */
export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** Generation of `owned`; -1 where it is not told. */
  readonly ownedGeneration: number
  readonly userData: Uint8Array
}

/** What the leader hands to a member. */
export interface Assignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array
}

/** Subscription, version 2 of Kafka's consumer protocol (KIP-429, KIP-792). */
export function encodeSubscription(subscription: Subscription): Buffer {
  const out = new WireWriter().int16(2)
  out.array(subscription.topics, (topic) => out.string(topic)).byteString(subscription.userData)
  writeTopics(out, subscription.owned)
  return out.int32(subscription.ownedGeneration).finish()
}

/** Reads every version: what an older one lacks is empty. */
export function decodeSubscription(bytes: Buffer): Subscription {
  const reader = new WireReader(bytes)
  const version = reader.int16()
  const topics = reader.array(() => reader.string())
  const userData = reader.byteString()
  const owned = version >= 1 ? readTopics(reader, (at) => at) : []
  return { topics, userData, owned, ownedGeneration: version >= 2 ? reader.int32() : -1 }
}

/** Assignment, version 0. */
export function encodeAssignment(assignment: Assignment): Buffer {
  const out = new WireWriter().int16(0)
  writeTopics(out, assignment.partitions)
  return out.byteString(assignment.userData).finish()
}

/** An empty answer means that nothing was assigned. */
export function decodeAssignment(bytes: Buffer): Assignment {
  const reader = new WireReader(bytes)
  if (reader.atEnd) return { partitions: [], userData: new Uint8Array(0) }
  reader.int16()
  return {
    partitions: readTopics(reader, (at) => at),
    userData: reader.atEnd ? new Uint8Array(0) : reader.byteString(),
  }
}
