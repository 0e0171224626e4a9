import { StreamError } from '../errors/index.ts'

/** Throws `STREAM_CONFIG_INVALID` unless an option is an integer of at least `min`; `orInfinite` allows Infinity too. */
export function checkNumber(of: string, option: string, value: unknown, min: number, orInfinite = false): void {
  if (Number.isSafeInteger(value) && (value as number) >= min) return
  if (orInfinite && value === Number.POSITIVE_INFINITY) return
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `${of}({ ${option}: ${String(value)} }): ${option} must be an integer of at least ${min}${orInfinite ? ', or Infinity' : ''}`,
  })
}
