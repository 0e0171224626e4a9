import { type AnyCallback, type Call, callbackOperator } from './callback.ts'
import { isPromise, type Link } from './link.ts'
import type { Operator } from './operator.ts'

/** Only what the callback answers with something true for. */
export function filterOperator(fn: AnyCallback): Operator {
  return callbackOperator('filter', fn, filterLink)
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
  return callbackOperator('peek', fn, peekLink)
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
  return callbackOperator('forEach', fn, forEachLink)
}

function forEachLink(call: Call): Link {
  return (key, value, event) => {
    const pending = call(key, value, event)
    return isPromise(pending) ? pending.then(() => undefined) : undefined
  }
}
