import type { MaybePromise } from '../store/index.ts'
import type { Event, ScopedEvent } from '../topology/index.ts'
import { eventOf } from './link.ts'

/**
 * What operators call: with the value, and the event as it is at this point of the stream. A function that declares exactly one
 * parameter is called with the value alone, so that no event has to be made for it.
 */
export type StreamCallback<K, V, R> = (value: V, event: Event<K, V>) => R

/** A callback as links call it. */
export type Call = (key: unknown, value: unknown, event: ScopedEvent) => unknown

/** Decided once, when a chain is compiled: a derived event costs more than most callbacks do. */
export function callOf(fn: StreamCallback<never, never, MaybePromise<unknown>>): Call {
  // The stream's types have been checked where the callback was given.
  const call = fn as unknown as (value: unknown, event?: ScopedEvent) => unknown
  if (fn.length === 1) return (_key, value) => call(value)
  return (key, value, event) => call(value, eventOf(key, value, event))
}
