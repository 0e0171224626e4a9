import type { Random } from '../service/index.ts'
import type { ErrorPolicy, TopicDeclaration } from '../topology/index.ts'
import { backoffDelayMs } from './backoff.ts'

/** What happens to a record after an attempt failed. */
export type ErrorStep =
  | { readonly action: 'retry'; readonly delayMs: number }
  | { readonly action: 'skip' }
  | { readonly action: 'stop' }
  /** No topic: the app's own. */
  | { readonly action: 'dead-letter'; readonly topic?: TopicDeclaration<Uint8Array, Uint8Array> }

/**
 * What a policy says to a record's failure.
 *
 * @param attempt how many attempts have failed by now, 1 after the first
 */
export function nextStep(policy: ErrorPolicy, attempt: number, random: Random): ErrorStep {
  let current = policy
  // The last attempt that the policies before this one had to give.
  let before = 0
  while (current.kind === 'retry') {
    const last = before + current.attempts
    if (attempt < last) {
      // The first attempt of all is not one that the outermost policy waited for.
      const step = before === 0 ? attempt - 1 : attempt - before
      return { action: 'retry', delayMs: backoffDelayMs(current, step, random) }
    }
    before = last
    current = current.then
  }
  if (current.kind === 'dead-letter') {
    return current.topic === undefined ? { action: 'dead-letter' } : { action: 'dead-letter', topic: current.topic }
  }
  return { action: current.kind }
}
