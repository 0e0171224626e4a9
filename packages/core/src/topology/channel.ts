import type { ChannelDeclaration } from './declarations.ts'

/** A channel with the types of its keys and values. */
export type Channel<K = unknown, V = unknown> = ChannelDeclaration<K, V>

/**
 * A channel between the consumers of one task: in memory, in order, part of the record that sent it. Nothing is encoded, so a receiver
 * gets the very object that was sent.
 */
export function declareChannel<K = unknown, V = unknown>(name: string): Channel<K, V> {
  return Object.freeze({ kind: 'channel', name })
}
