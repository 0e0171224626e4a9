import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadLetter, nextStep, retry, skip, stop } from '../../src/agent/index.ts'
import { declareTopic, type ErrorPolicy } from '../../src/topology/index.ts'

const longest = (): number => 0.999_999
const letters = declareTopic('letters')

describe('policies', () => {
  it('stop, skip and dead letter follow the first failure', () => {
    expect(nextStep(stop(), 1, longest)).toEqual({ action: 'stop' })
    expect(nextStep(skip(), 1, longest)).toEqual({ action: 'skip' })
    expect(nextStep(deadLetter(), 1, longest)).toEqual({ action: 'dead-letter' })
    expect(nextStep(deadLetter({ topic: letters }), 1, longest)).toEqual({ action: 'dead-letter', topic: letters })
  })
  it('retry gives as many attempts as it says, the first included, then stops', () => {
    const policy = retry({ attempts: 3 })
    expect([1, 2, 3].map((attempt) => nextStep(policy, attempt, longest).action)).toEqual(['retry', 'retry', 'stop'])
  })
  it('retry doubles its wait up to the longest', () => {
    const policy = retry({ attempts: 100, backoffMs: 100, maxBackoffMs: 1000 })
    const waits = [1, 2, 3, 4, 5, 6, 99].map((attempt) => nextStep(policy, attempt, longest))
    expect(waits.map((step) => (step.action === 'retry' ? step.delayMs : step.action))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ])
    expect(nextStep(policy, 99, () => 0)).toEqual({ action: 'retry', delayMs: 0 })
  })
  it('a retry behind a retry counts its own attempts and waits its own time', () => {
    const slow = retry({ attempts: 2, backoffMs: 5000, maxBackoffMs: 60_000, then: skip() })
    const policy = retry({ attempts: 2, backoffMs: 10, then: slow })
    expect([1, 2, 3, 4].map((attempt) => nextStep(policy, attempt, longest))).toEqual([
      { action: 'retry', delayMs: 10 },
      { action: 'retry', delayMs: 5000 },
      { action: 'retry', delayMs: 10_000 },
      { action: 'skip' },
    ])
  })
  it('every policy ends after the sum of its attempts and waits no longer than it may', () => {
    const leaf = fc.constantFrom<ErrorPolicy>(stop(), skip(), deadLetter())
    const phase = fc.record({
      attempts: fc.integer({ min: 1, max: 8 }),
      backoffMs: fc.integer({ min: 0, max: 1e9 }),
      maxBackoffMs: fc.integer({ min: 0, max: 1e9 }),
    })
    fc.assert(
      fc.property(
        leaf,
        fc.array(phase, { maxLength: 4 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (end, phases, r) => {
          const policy = phases.reduceRight<ErrorPolicy>((then, options) => retry({ ...options, then }), end)
          const all = phases.reduce((sum, { attempts }) => sum + attempts, 0)
          const limit = Math.max(0, ...phases.map(({ maxBackoffMs }) => maxBackoffMs))
          for (let attempt = 1; attempt < all; attempt++) {
            const step = nextStep(policy, attempt, () => r)
            if (step.action !== 'retry') throw new Error(`ended at ${attempt} of ${all}`)
            expect(Number.isSafeInteger(step.delayMs) && step.delayMs >= 0 && step.delayMs <= limit).toBe(true)
          }
          expect(nextStep(policy, Math.max(1, all), () => r).action).toBe(end.kind)
        },
      ),
    )
  })
  it.each([
    [{ attempts: 0 }, 'attempts must be an integer of at least 1'],
    [{ attempts: 1.5 }, 'attempts'],
    [{ attempts: 2, backoffMs: -1 }, 'backoffMs'],
    [{ attempts: 2, maxBackoffMs: Number.NaN }, 'maxBackoffMs'],
  ])('retry refuses %o', (options, reason) => {
    expect(() => retry(options)).toThrow(expect.objectContaining({ code: 'STREAM_CONFIG_INVALID' }))
    expect(() => retry(options)).toThrow(reason)
  })
  it('what is no policy and what is no topic are refused', () => {
    const options = Object.fromEntries([
      ['attempts', 2],
      ['then', skip],
    ]) as unknown as Parameters<typeof retry>[0]
    expect(() => retry(options)).toThrow('takes an error policy')
    expect(() => deadLetter({ topic: 'letters' as never })).toThrow('takes a topic')
  })
})
