import type { Headers } from '../transport/index.ts'

const brand: unique symbol = Symbol.for('@stream/core.SinkMessage') as never

/** What a sink sends besides a bare value. */
export interface SinkMessageParts<K = unknown, V = unknown> {
  /** @default the key of the event in hand */
  readonly key?: K | null
  /** null is a tombstone. */
  readonly value: V | null
  /** @default [] */
  readonly headers?: Headers
  /** Integer milliseconds. @default the event's timestamp */
  readonly timestamp?: number
}

/** A value for sinks that brings its own key, headers or timestamp; made by {@link message}. */
export interface SinkMessage<K = unknown, V = unknown> extends SinkMessageParts<K, V> {
  readonly [brand]: true
}

/** For `yield` and `return` towards sinks: a value under another key, or with headers. Function sinks get the value alone. */
export function message<K, V>(parts: SinkMessageParts<K, V>): SinkMessage<K, V> {
  return { ...parts, [brand]: true }
}

/** Whether {@link message} made it, in any copy of the package. */
export function isSinkMessage(value: unknown): value is SinkMessage {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true
}
