import { StreamError } from '../errors/index.ts'
import { type Clock, sleep } from './clock.ts'

const longestPauseMs = 5000

/** How long {@link retryPassing} goes on, and how fast. */
export interface RetryPassingOptions {
  readonly clock: Clock
  /** Monotonic; what fails later is not tried again. */
  readonly giveUpAtMs: number
  /** Doubles with every pause, up to 5 s. */
  readonly firstPauseMs: number
  /** Ends it: the trouble of the moment is what it rejects with. */
  readonly signal?: AbortSignal
}

/** Makes a call again while it fails with something `retryable`. Rejects with anything else at once, and with the last trouble in the end. */
export async function retryPassing<T>(attempt: () => Promise<T> | T, options: RetryPassingOptions): Promise<T> {
  const { clock, giveUpAtMs, firstPauseMs, signal } = options
  const isEnded = (): boolean => signal?.aborted === true
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await attempt()
    } catch (error) {
      const isPassing = StreamError.is(error) && error.retryable && clock.monotonicMs() < giveUpAtMs
      if (!isPassing || isEnded()) throw error
      await sleep(clock, Math.min(pauseMs, Math.max(1, giveUpAtMs - clock.monotonicMs())), signal)
      if (isEnded()) throw error
    }
  }
}
