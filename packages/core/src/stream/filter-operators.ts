import { type Call, callOf, type StreamCallback } from './callback.ts'
import { isPromise, type Link } from './link.ts'
import type { Operator } from './operator.ts'

type AnyCallback = StreamCallback<never, never, unknown>

/** Only what the callback answers with something true for. */
export function filterOperator(fn: AnyCallback): Operator {
  return { label: 'filter', link: (next) => filterLink(callOf(fn), next) }
}

function filterLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const isWanted = call(key, value, event)
    if (isPromise(isWanted)) return isWanted.then((settled) => (settled ? next(key, value, event) : undefined))
    return isWanted ? next(key, value, event) : undefined
  }
}

/** A look at every event, which then goes on unchanged. */
export function peekOperator(fn: AnyCallback): Operator {
  return { label: 'peek', link: (next) => peekLink(callOf(fn), next) }
}

function peekLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const pending = call(key, value, event)
    if (isPromise(pending)) return pending.then(() => next(key, value, event))
    return next(key, value, event)
  }
}

/** The end of a branch. */
export function forEachOperator(fn: AnyCallback): Operator {
  return { label: 'forEach', link: () => forEachLink(callOf(fn)) }
}

function forEachLink(call: Call): Link {
  return (key, value, event) => {
    const pending = call(key, value, event)
    return isPromise(pending) ? pending.then(() => undefined) : undefined
  }
}
