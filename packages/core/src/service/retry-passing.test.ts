import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import type { Clock } from './clock.ts'
import { retryPassing } from './retry-passing.ts'

/** A clock on which every timer is due at once; time is the sum of the pauses. */
function leapingClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = []
  let passedMs = 0
  return {
    pauses,
    now: () => passedMs,
    monotonicMs: () => passedMs,
    setTimer: (delayMs, fn) => {
      pauses.push(delayMs)
      passedMs += delayMs
      queueMicrotask(fn)
      return { cancel: () => undefined }
    },
  }
}

const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'away', retryable: true })
const refused = new StreamError({ code: 'STREAM_AUTHORIZATION_FAILED', message: 'no' })

describe('retryPassing', () => {
  it('tries again with pauses that double, up to 5 s, and gives what comes in the end', async () => {
    const clock = leapingClock()
    let left = 8
    const attempt = (): string => {
      if (left-- > 0) throw away
      return 'done'
    }
    expect(await retryPassing(attempt, { clock, giveUpAtMs: 1e6, firstPauseMs: 100 })).toBe('done')
    expect(clock.pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  })
  it('tries a last time at its deadline, and rejects with the last trouble', async () => {
    const clock = leapingClock()
    let attempts = 0
    const attempt = (): never => {
      attempts++
      throw away
    }
    await expect(retryPassing(attempt, { clock, giveUpAtMs: 650, firstPauseMs: 100 })).rejects.toBe(away)
    expect(clock.pauses).toEqual([100, 200, 350])
    expect(attempts).toBe(4)
  })
  it('does not try again what no time mends', async () => {
    const clock = leapingClock()
    const attempt = (): never => {
      throw refused
    }
    await expect(retryPassing(attempt, { clock, giveUpAtMs: 1e6, firstPauseMs: 1 })).rejects.toBe(refused)
    expect(clock.pauses).toEqual([])
  })
  it('ends with its signal, in the middle of a pause too', async () => {
    const ending = new AbortController()
    const clock: Clock = { ...leapingClock(), setTimer: () => ({ cancel: () => undefined }) }
    const attempt = (): never => {
      queueMicrotask(() => ending.abort())
      throw away
    }
    const trying = retryPassing(attempt, { clock, giveUpAtMs: 1e6, firstPauseMs: 1, signal: ending.signal })
    await expect(trying).rejects.toBe(away)
  })
})
