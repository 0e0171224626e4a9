import { StreamError } from '../errors/index.ts'
import { type Clock, sleep } from './clock.ts'

/** Closing gets at least this long, whatever is left of the deadline. */
const leastCloseMs = 5000

/** One thing to be closed, and what it is called at the beginning of a sentence. */
export type ClosingStep = readonly [what: string, close: () => Promise<void> | undefined]

/**
 * Closes one thing after the other, all of them: what fails or hangs keeps nothing else open. Rejects with the first failure, which is
 * `STREAM_DRAIN_TIMEOUT` where something had not closed in time. `untilMs`: the monotonic deadline; 5 s from now, where it comes sooner.
 */
export async function closeInOrder(clock: Clock, untilMs: number, steps: readonly ClosingStep[]): Promise<void> {
  const lastMs = Math.max(untilMs, clock.monotonicMs() + leastCloseMs)
  const failures: unknown[] = []
  for (const [what, close] of steps) {
    const isSettled = new AbortController()
    const closing = (close() ?? Promise.resolve())
      .catch((thrown: unknown) => void failures.push(thrown))
      .finally(() => isSettled.abort())
    await Promise.race([closing, sleep(clock, Math.max(1, lastMs - clock.monotonicMs()), isSettled.signal)])
    if (!isSettled.signal.aborted) failures.push(hung(what))
  }
  if (failures.length > 0) throw failures[0]
}

function hung(what: string): StreamError {
  return new StreamError({
    code: 'STREAM_DRAIN_TIMEOUT',
    message: `${what} did not close in time (drainTimeoutMs); the app ends without it, and what was not committed is processed again after the next start`,
  })
}
