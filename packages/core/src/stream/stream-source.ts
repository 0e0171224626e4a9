import type { ChannelDeclaration, TopicDeclaration } from '../topology/index.ts'
import type { Operator } from './operator.ts'
import type { Stream } from './stream.ts'

/** What an agent or a handler consumes that is given a stream as its source. */
export interface StreamSource {
  readonly source: TopicDeclaration | ChannelDeclaration
  /** What it runs above its own code, see {@link compileChain}. */
  readonly operators: readonly Operator[]
  /** The operators, for drawings. */
  readonly steps: readonly string[]
}

/** Takes a stream as the source of an agent or a handler. The stream counts as used from here on. */
export function streamSource(stream: Stream<unknown, unknown>): StreamSource {
  const node = stream['~node']
  node.isRead = true
  const operators = node.path()
  return { source: node.root.source, operators, steps: operators.map(({ label }) => label) }
}

/** Whether a source is a stream, not a topic or a channel. */
export function isStream(source: object): source is Stream<unknown, unknown> {
  return (source as { readonly kind?: unknown }).kind === 'stream'
}
