import { StreamError } from '../errors/index.ts'
import type { ChannelDeclaration, ScopedEvent, TopicDeclaration } from '../topology/index.ts'
import { type AnyCallback, type Call, callbackOperator } from './callback.ts'
import { isPromise, type Link } from './link.ts'
import type { Operator } from './operator.ts'

type Target = TopicDeclaration | ChannelDeclaration

/** Sends every event on, with its headers and its timestamp. */
export function toOperator(target: Target): Operator {
  requireTarget(target, 'to')
  return { label: `to ${target.name}`, link: () => sendLink(target) }
}

/**
 * For programs that no compiler has checked, and for modules that import each other in a circle.
 *
 * @throws STREAM_DECLARATION_INVALID
 */
export function requireTarget(target: Target, who: string): void {
  const kind = (target as Target | null | undefined)?.kind
  if (kind === 'topic' || kind === 'channel') return
  throw new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `${who} takes a topic or a channel; declare one first, and mind modules that import each other in a circle`,
    place: { operator: who },
  })
}

function sendLink(target: Target): Link {
  return (key, value, event) => forward(target, key, value, event)
}

/** Sends every event to the partition of a new key. */
export function groupByOperator(name: string, target: TopicDeclaration, fn: AnyCallback): Operator {
  return callbackOperator(`groupBy ${name}`, fn, (call) => groupByLink(name, target, call))
}

function groupByLink(name: string, target: TopicDeclaration, call: Call): Link {
  return (key, value, event) => {
    const selected = call(key, value, event)
    if (isPromise(selected)) return selected.then((settled) => regroup(name, target, settled, value, event))
    return regroup(name, target, selected, value, event)
  }
}

function regroup(name: string, target: TopicDeclaration, key: unknown, value: unknown, event: ScopedEvent): void {
  if (key === null || key === undefined) {
    throw new StreamError({
      code: 'STREAM_KEY_INVALID',
      message: `groupBy "${name}" selected ${String(key)} as the key of ${event.topic}-${event.partition}@${event.offset}, and nothing can be grouped under that; filter such events out first, or select another key`,
      place: { topic: event.topic, partition: event.partition, offset: event.offset, operator: `groupBy ${name}` },
    })
  }
  forward(target, key, value, event)
}

/** One object a record: `event.forward` would need a second one for what has changed. */
function forward(target: Target, key: unknown, value: unknown, event: ScopedEvent): void {
  event.send(target, { key, value, headers: event.headers, timestamp: event.timestamp })
}
