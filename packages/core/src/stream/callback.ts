import { StreamError } from '../errors/index.ts'
import type { Event, ScopedEvent } from '../topology/index.ts'
import { eventOf, type Link } from './link.ts'
import type { Operator } from './operator.ts'

/**
 * What operators call: with the value, and the event as it is at this point of the stream. A function that declares exactly one
 * parameter is called with the value alone, so that no event has to be made for it.
 */
export type StreamCallback<K, V, R> = (value: V, event: Event<K, V>) => R

/** A callback of whatever types; the stream it was given to has checked them. */
export type AnyCallback = StreamCallback<never, never, unknown>

/** A callback as links call it. */
export type Call = (key: unknown, value: unknown, event: ScopedEvent) => unknown

/**
 * An operator around a callback.
 *
 * @throws STREAM_DECLARATION_INVALID where the callback is no function
 */
export function callbackOperator(label: string, fn: AnyCallback, link: (call: Call, next: Link) => Link): Operator {
  if (typeof fn !== 'function') {
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `${label} takes a function; it got ${fn === null ? 'null' : typeof fn}`,
      place: { operator: label },
    })
  }
  return { label, link: (next) => link(callOf(fn), next) }
}

/** Decided once, when a chain is compiled: a derived event costs more than most callbacks do. */
function callOf(fn: AnyCallback): Call {
  const call = fn as unknown as (value: unknown, event?: ScopedEvent) => unknown
  if (fn.length === 1) return (_key, value) => call(value)
  return (key, value, event) => call(value, eventOf(key, value, event))
}
