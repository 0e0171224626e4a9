import type { ScopedEvent } from '../topology/index.ts'
import { type AnyCallback, type Call, callbackOperator } from './callback.ts'
import { isPromise, type Link } from './link.ts'
import type { Operator } from './operator.ts'

type Pair = readonly [key: unknown, value: unknown]
type Pairs = Iterable<Pair> | AsyncIterable<Pair>

/** Any number of pairs for one event, in order. */
export function flatMapOperator(fn: AnyCallback): Operator {
  return callbackOperator('flatMap', fn, flatMapLink)
}

function flatMapLink(call: Call, next: Link): Link {
  return (key, value, event) => {
    const pairs = call(key, value, event) as Pairs | Promise<Pairs>
    if (Array.isArray(pairs)) return passOn(pairs, 0, next, event)
    if (isPromise(pairs)) return pairs.then((settled) => passOnAny(settled, next, event))
    return passOnAny(pairs, next, event)
  }
}

function passOnAny(pairs: Pairs, next: Link, event: ScopedEvent): void | Promise<void> {
  if (Symbol.asyncIterator in pairs) return passOnAsync(pairs, next, event)
  return passOn(Array.isArray(pairs) ? pairs : [...pairs], 0, next, event)
}

async function passOnAsync(pairs: AsyncIterable<Pair>, next: Link, event: ScopedEvent): Promise<void> {
  for await (const pair of pairs) await next(pair[0], pair[1], event)
}

function passOn(pairs: readonly Pair[], from: number, next: Link, event: ScopedEvent): void | Promise<void> {
  for (let i = from; i < pairs.length; i++) {
    const pair = pairs[i]!
    const pending = next(pair[0], pair[1], event)
    if (pending !== undefined) return pending.then(() => passOn(pairs, i + 1, next, event))
  }
  return undefined
}
