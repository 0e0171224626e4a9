import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

describe('VirtualClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new VirtualClock(1_000)
    const fired: number[] = []
    clock.setTimer(10, () => fired.push(clock.now()))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([clock.now(), clock.monotonicMs(), fired]).toEqual([1_000, 0, []])
    await clock.advance(9)
    expect(fired).toEqual([])
    await clock.advance(1)
    expect(fired).toEqual([1_010])
    expect(clock.timers).toBe(0)
  })

  it('fires timers in the order in which they are due, and of equal ones in the order in which they were set', async () => {
    const delays = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 20 }), isCancelled: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(delays, async (timers) => {
        const clock = new VirtualClock()
        const fired: number[] = []
        const set = timers.map(({ delayMs }, index) => clock.setTimer(delayMs, () => fired.push(index)))
        for (const [index, { isCancelled }] of timers.entries()) if (isCancelled) set[index]?.cancel()
        await clock.advance(20)
        const due = [...timers.entries()].filter(([, { isCancelled }]) => !isCancelled)
        const expected = due.toSorted(([, one], [, other]) => one.delayMs - other.delayMs).map(([index]) => index)
        expect(fired).toEqual(expected)
        expect(clock.timers).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  it('lets what a timer sets off settle before the next one fires', async () => {
    const clock = new VirtualClock()
    const order: string[] = []
    clock.setTimer(1, () => {
      void (async () => {
        await Promise.resolve()
        await new Promise((resolve) => setImmediate(resolve))
        order.push('settled')
      })()
    })
    clock.setTimer(1, () => order.push('next'))
    await clock.advance(1)
    expect(order).toEqual(['settled', 'next'])
  })

  it('fires timers that timers set, within the time that passes', async () => {
    const clock = new VirtualClock(0)
    const fired: number[] = []
    const again = (): void => {
      fired.push(clock.now())
      clock.setTimer(10, again)
    }
    clock.setTimer(10, again)
    await clock.advance(35)
    expect(fired).toEqual([10, 20, 30])
    expect(clock.now()).toBe(35)
  })

  it('runs all timers there are, and says so where they never end', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.setTimer(50, () => {
      fired.push('first')
      clock.setTimer(50, () => fired.push('second'))
    })
    await clock.runAll()
    expect([fired, clock.monotonicMs()]).toEqual([['first', 'second'], 100])
    const again = (): void => {
      clock.setTimer(10, again)
    }
    again()
    await expect(clock.runAll({ limitMs: 100 })).rejects.toMatchObject({ code: 'STREAM_TIMEOUT' })
  })

  it('runs no longer than until the condition holds', async () => {
    const clock = new VirtualClock()
    let count = 0
    const again = (): void => {
      count += 1
      clock.setTimer(10, again)
    }
    again()
    expect(await clock.runUntil(() => count === 4)).toBe(true)
    expect(clock.monotonicMs()).toBe(30)
    expect(await clock.runUntil(() => false, { limitMs: 15 })).toBe(false)
    expect(count).toBe(5)
  })

  it('refuses to be advanced by what it drives', async () => {
    const clock = new VirtualClock()
    const inner: Promise<void>[] = []
    clock.setTimer(1, () => {
      inner.push(clock.advance(1))
      inner[0]?.catch(() => undefined)
    })
    await clock.advance(1)
    await expect(inner[0]).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })

  it('rejects with what a timer throws, and goes on afterwards', async () => {
    const clock = new VirtualClock()
    clock.setTimer(1, () => {
      throw new Error('from a timer')
    })
    await expect(clock.advance(5)).rejects.toThrow('from a timer')
    await clock.advance(5)
    expect(clock.monotonicMs()).toBe(6)
  })
})
