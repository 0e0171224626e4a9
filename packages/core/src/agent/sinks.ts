import { StreamError } from '../errors/index.ts'
import { isPromise } from '../table/index.ts'
import type { ChannelDeclaration, Event, Message, ScopedEvent, TopicDeclaration } from '../topology/index.ts'
import { isSinkMessage, type SinkMessage } from './sink-message.ts'

/** An agent or handler as a sink: results go to the topic or channel it reads. One that reads a stream with operators cannot be one. */
export interface ConsumerSink<V = unknown> {
  readonly kind: 'agent' | 'handler'
  readonly name: string
  readonly source: TopicDeclaration | ChannelDeclaration
  readonly steps: readonly string[]
  /** Carries the types. */
  readonly '~takes'?: readonly [unknown, V]
}

/** A function as a sink: called with the value and the event it came from; awaited. Called again when the record is tried again. */
export type SinkFunction<V = unknown> = (value: V, event: Event) => void | Promise<void>

/** Where results go: a topic, a channel, an agent or handler (what it reads), a function. */
export type Sink<V = unknown> =
  | TopicDeclaration<unknown, V>
  | ChannelDeclaration<unknown, V>
  | ConsumerSink<V>
  | SinkFunction<V>

/** Gives one result to every sink, in their order; returns nothing when all of it is done. */
export type Emit = (result: unknown, event: ScopedEvent) => void | Promise<void>

/** What sinks send to; a consumer may send there without naming it again. */
export function sinkTargets(
  consumer: string,
  sinks: readonly Sink[],
): readonly (TopicDeclaration | ChannelDeclaration)[] {
  const targets: (TopicDeclaration | ChannelDeclaration)[] = []
  for (const sink of sinks) {
    const target = targetOf(consumer, sink)
    if (target !== undefined && !targets.includes(target)) targets.push(target)
  }
  return targets
}

/** Undefined where there are no sinks. */
export function compileSinks(consumer: string, sinks: readonly Sink[]): Emit | undefined {
  if (sinks.length === 0) return undefined
  const emits = sinks.map((sink): Emit => {
    const target = targetOf(consumer, sink)
    if (target !== undefined) return (result, event) => event.send(target, asMessage(result, event))
    // Only functions have no target.
    return callSink(sink as SinkFunction)
  })
  return emits.length === 1 ? emits[0] : (result, event) => emitFrom(emits, 0, result, event)
}

function emitFrom(emits: readonly Emit[], from: number, result: unknown, event: ScopedEvent): void | Promise<void> {
  for (let i = from; i < emits.length; i++) {
    const pending = emits[i]!(result, event)
    if (isPromise(pending)) return pending.then(() => emitFrom(emits, i + 1, result, event))
  }
  return undefined
}

function callSink(sink: SinkFunction): Emit {
  return (result, event) => sink(isSinkMessage(result) ? result.value : result, event)
}

function asMessage(result: unknown, event: ScopedEvent): Message {
  if (!isSinkMessage(result)) return { key: event.key, value: result }
  return withKey(result, event)
}

function withKey(parts: SinkMessage, event: ScopedEvent): Message {
  const message: Message = parts
  return parts.key === undefined ? { ...message, key: event.key } : message
}

function targetOf(consumer: string, sink: Sink): TopicDeclaration | ChannelDeclaration | undefined {
  if (typeof sink === 'function') return undefined
  const kind = sink?.kind
  if (kind === 'topic' || kind === 'channel') return sink
  if (kind !== 'agent' && kind !== 'handler') {
    throw notASink(consumer, 'a sink is a topic, a channel, an agent, a handler or a function')
  }
  if (sink.steps.length === 0) return sink.source
  throw notASink(
    consumer,
    `${kind} "${sink.name}" reads a stream with operators, which results would have to pass; name the topic or channel the stream begins with instead`,
  )
}

function notASink(consumer: string, reason: string): StreamError {
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `"${consumer}" has something among its sinks that cannot be one: ${reason}`,
    place: { consumer },
  })
}
