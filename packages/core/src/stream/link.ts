import type { ScopedEvent } from '../topology/index.ts'

/**
 * One compiled step: takes a record's current key and value, and the event they belong to (whose own key and value may be older ones).
 * Returns nothing when all below it is done, else a promise of that.
 */
export type Link = (key: unknown, value: unknown, event: ScopedEvent) => void | Promise<void>

/** Anything `await` would wait for. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** The event with the key and value that operators have made of it; the same object where they changed nothing. */
export function eventOf(key: unknown, value: unknown, event: ScopedEvent): ScopedEvent {
  return event.key === key && event.value === value ? event : event.derive({ key, value })
}

/** Where nothing follows. */
export const end: Link = () => undefined

/** Hands a record to several links, one after the other, so that their effects have one order. */
export function fanOut(links: readonly Link[]): Link {
  if (links.length <= 1) return links[0] ?? end
  return (key, value, event) => {
    for (let i = 0; i < links.length; i++) {
      const pending = links[i]!(key, value, event)
      if (pending !== undefined) return rest(links, i + 1, pending, key, value, event)
    }
    return undefined
  }
}

async function rest(
  links: readonly Link[],
  from: number,
  pending: Promise<void>,
  key: unknown,
  value: unknown,
  event: ScopedEvent,
): Promise<void> {
  await pending
  for (let i = from; i < links.length; i++) await links[i]!(key, value, event)
}
