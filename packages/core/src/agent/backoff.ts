import type { Random } from '../service/index.ts'

/**
 * Exponential back-off with full jitter: an integer between 0 and `backoffMs * 2^step`, never above `maxBackoffMs`.
 *
 * @see Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
 */
export function backoffDelayMs(
  options: { readonly backoffMs: number; readonly maxBackoffMs: number },
  step: number,
  random: Random,
): number {
  // Beyond 2^40 every sensible limit is reached.
  const longest = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** Math.min(step, 40))
  return Math.floor(random() * (longest + 1))
}
