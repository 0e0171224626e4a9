import {
  type CompiledStream,
  compileChain,
  isStream,
  type Stream,
  type StreamSource,
  streamSource,
} from '../stream/index.ts'
import type { ChannelDeclaration, ScopedEvent, TopicDeclaration } from '../topology/index.ts'

/** What an agent or a handler reads: a topic, a channel, or a stream, whose operators then run in front of it. */
export type ConsumerSource<K = unknown, V = unknown> = TopicDeclaration<K, V> | ChannelDeclaration<K, V> | Stream<K, V>

/** The topic or channel behind a source, and the operators in between. */
export function resolveSource<K, V>(source: ConsumerSource<K, V>): StreamSource {
  if (!isStream(source)) return { source, operators: [], steps: [] }
  // Operators carry keys and values untyped; the stream's types end with what it feeds.
  return streamSource(source as unknown as Stream<unknown, unknown>)
}

/** Puts the operators of a source in front of the consumer's own code. */
export function behindOperators(
  { operators }: StreamSource,
  process: (event: ScopedEvent) => void | Promise<void>,
): CompiledStream {
  return compileChain(operators, process)
}
