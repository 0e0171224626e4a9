import { type AnyCallback, type Call, callbackOperator } from './callback.ts'
import { isPromise, type Link } from './link.ts'
import type { Operator } from './operator.ts'

type Pair = readonly [key: unknown, value: unknown]

/** A new key and a new value. */
export function mapOperator(fn: AnyCallback): Operator {
  return callbackOperator('map', fn, mapLink)
}

function mapLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const pair = call(key, value, event) as Pair | Promise<Pair>
    if (isPromise(pair)) return pair.then((settled) => next(settled[0], settled[1], event))
    return next(pair[0], pair[1], event)
  }
}

/** A new value under the same key. */
export function mapValuesOperator(fn: AnyCallback): Operator {
  return callbackOperator('mapValues', fn, mapValuesLink)
}

function mapValuesLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const mapped = call(key, value, event)
    if (isPromise(mapped)) return mapped.then((settled) => next(key, settled, event))
    return next(key, mapped, event)
  }
}

/** A new key for the same value. */
export function selectKeyOperator(fn: AnyCallback): Operator {
  return callbackOperator('selectKey', fn, selectKeyLink)
}

function selectKeyLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const selected = call(key, value, event)
    if (isPromise(selected)) return selected.then((settled) => next(settled, value, event))
    return next(selected, value, event)
  }
}
