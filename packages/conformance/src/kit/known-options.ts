import { StreamError } from '@stream/core/adapter'

/** Refuses options the kit does not have: a misspelled one would pass silently, and there is none that skips a case. */
export function assertKnownOptions(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `${what} has no option ${unknown.join(', ')}: it takes ${known.join(', ')}. What an adapter cannot do is told by its supports flags.`,
  })
}
