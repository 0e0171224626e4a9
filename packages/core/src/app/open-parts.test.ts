import { expect, it } from 'vitest'
import { systemClock } from '../service/index.ts'
import { OpenParts } from './open-parts.ts'

it('closes in the opposite order, all of it, and tells the first failure', async () => {
  const closed: string[] = []
  const parts = new OpenParts(systemClock, () => undefined)
  for (const name of ['transport', 'broken', 'store']) {
    parts.add(name, async () => {
      closed.push(name)
      if (name !== 'transport') throw new Error(name)
    })
  }
  await expect(parts.close()).rejects.toThrow('store')
  expect(closed).toEqual(['store', 'broken', 'transport'])
  await parts.close()
  expect(closed).toHaveLength(3)
})

it('what comes after the end is closed at once, and its failure is told', async () => {
  const late: unknown[] = []
  const parts = new OpenParts(systemClock, (cause) => late.push(cause))
  await parts.close()
  parts.add('late', () => Promise.reject(new Error('late')))
  await Promise.resolve()
  await Promise.resolve()
  expect(late).toEqual([new Error('late')])
})

it('what does not close in time is named, and keeps nothing else open', async () => {
  const closed: string[] = []
  const at: number[] = []
  const clock = {
    ...systemClock,
    setTimer: (delayMs: number, fn: () => void) => {
      at.push(delayMs)
      return systemClock.setTimer(delayMs > 1000 ? 1 : delayMs, fn)
    },
  }
  const parts = new OpenParts(clock, () => undefined)
  parts.add('The transport', async () => void closed.push('transport'))
  parts.add('The store', () => new Promise(() => undefined))
  await expect(parts.close()).rejects.toMatchObject({
    code: 'STREAM_DRAIN_TIMEOUT',
    message: expect.stringMatching(/^The store did not close in time \(drainTimeoutMs\); the app ends without it/),
  })
  expect(closed).toEqual(['transport'])
  expect(at[0]).toBeGreaterThan(4900)
})
