/** A started timer; `cancel()` more than once is harmless. */
export interface Timer {
  cancel(): void
}

/**
 * The only source of time in core and in the memory adapters, so that a virtual clock replays a run.
 * Wall time may jump; `monotonicMs` never goes back and is what deadlines and leases are measured with.
 */
export interface Clock {
  /** Milliseconds since 1970, an integer. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number
  /** Calls `fn` once after `delayMs`. */
  setTimer(delayMs: number, fn: () => void): Timer
}

/** The machine's clock. Its timers keep the process alive unless cancelled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, fn) {
    const handle = setTimeout(fn, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Uniform in [0, 1), as `Math.random`; a seeded one replays a run. */
export type Random = () => number

/** Resolves after `delayMs` of the clock, or at once when `signal` aborts (never rejects). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimer(delayMs, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}
