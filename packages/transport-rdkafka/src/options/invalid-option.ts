import { StreamError } from '@stream/core/adapter'

/** The error for an option that makes no sense. */
export function invalidOption(name: string, problem: string): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `transport-rdkafka: ${name} ${problem}`,
    place: { option: name },
  })
}
