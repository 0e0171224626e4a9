import { inspect } from 'node:util'
import { type ErrorPlace, StreamError } from '../errors/index.ts'

/**
 * The same error where none of the secrets is in it, else one made anew without them: in its message, its place, and its causes (which are
 * left out, since what a foreign error prints cannot be known).
 */
export function withoutSecrets(error: StreamError, secrets: readonly string[]): StreamError {
  // A secret of a letter or two would tear words apart, and its place in a text tells nothing.
  const hidden = secrets.filter((secret) => secret.length > 2)
  const tells = (text: string): boolean => hidden.some((secret) => text.includes(secret))
  const place = JSON.stringify(error.place)
  if (!tells(error.message) && !tells(place) && !causesOf(error).some(tells)) return error

  const clean = (text: string): string => hidden.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text)
  const fields = Object.entries(error.place).map(([name, value]) => [
    name,
    typeof value === 'string' ? clean(value) : Array.isArray(value) ? value.map((item) => clean(String(item))) : value,
  ])
  return new StreamError({
    code: error.code,
    message: clean(error.message),
    retryable: error.retryable,
    place: Object.fromEntries(fields) as ErrorPlace,
  })
}

function causesOf(error: Error): readonly string[] {
  return error.cause === undefined ? [] : [inspect(error.cause, { depth: 10 })]
}
