import type { TopicPartition } from '@stream/core/adapter'
import { readTopics, writeTopics } from '../requests/index.ts'
import { WireReader, WireWriter } from '../wire/index.ts'

/** What a member tells the leader (the broker passes it on unread). */
export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** Generation of `owned`; -1 where it is not told. */
  readonly ownedGeneration: number
  /** It goes on with `owned` while it joins (KIP-429); else it has given that up, and only says where it was. */
  readonly keepsOwned: boolean
  readonly userData: Uint8Array
}

/** What the leader hands to a member. */
export interface Assignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array
  /** The member has to give something up and to join again, so that another one can have it. */
  readonly handsOver: boolean
}

/**
 * Subscription, version 2 of Kafka's consumer protocol (KIP-429, KIP-792), and a byte behind it, which other readers do not look at: here
 * members that give everything up before they join also say what they had, so that it can come back to them.
 */
export function encodeSubscription(subscription: Subscription): Buffer {
  const out = new WireWriter().int16(2)
  out.array(subscription.topics, (topic) => out.string(topic)).byteString(subscription.userData)
  writeTopics(out, subscription.owned)
  return out.int32(subscription.ownedGeneration).bool(subscription.keepsOwned).finish()
}

/** Reads every version: what an older one lacks is empty. */
export function decodeSubscription(bytes: Buffer): Subscription {
  const reader = new WireReader(bytes)
  const version = reader.int16()
  const topics = reader.array(() => reader.string())
  const userData = reader.byteString()
  const owned = version >= 1 ? readTopics(reader, (at) => at) : []
  const ownedGeneration = version >= 2 ? reader.int32() : -1
  // Members of other programs tell what they own only where they keep it.
  const keepsOwned = reader.atEnd ? owned.length > 0 : reader.bool()
  return { topics, userData, owned, ownedGeneration, keepsOwned }
}

/** Assignment, version 0, with a byte behind it that other readers do not look at. */
export function encodeAssignment(assignment: Assignment): Buffer {
  const out = new WireWriter().int16(0)
  writeTopics(out, assignment.partitions)
  return out.byteString(assignment.userData).bool(assignment.handsOver).finish()
}

/** An empty answer means that nothing was assigned. */
export function decodeAssignment(bytes: Buffer): Assignment {
  const reader = new WireReader(bytes)
  if (reader.atEnd) return { partitions: [], userData: new Uint8Array(0), handsOver: false }
  reader.int16()
  return {
    partitions: readTopics(reader, (at) => at),
    userData: reader.atEnd ? new Uint8Array(0) : reader.byteString(),
    handsOver: !reader.atEnd && reader.bool(),
  }
}
