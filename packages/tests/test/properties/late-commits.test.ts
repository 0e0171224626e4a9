import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countingDriver, expectCounted } from '../../src/faults/index.ts'
import { checkProperty, propertyTimeoutMs } from '../../src/properties/index.ts'

const late = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  seam: fc.constantFrom(
    'commit:before-append' as const,
    'commit:after-append' as const,
    'commit:after-offsets' as const,
    'commit:before-end' as const,
  ),
  /** From nearly at once to behind everything that the worker does about it. */
  delayMs: fc.integer({ min: 1, max: 120 }),
  latencyMs: fc.integer({ min: 1, max: 40 }),
  after: fc.integer({ min: 0, max: 4 }),
})

it(
  'a commit whose outcome was given up lands, or never does, before its records are processed again',
  () =>
    checkProperty(
      late,
      async ({ seed, seam, delayMs, latencyMs, after }) => {
        const { driver, send } = await countingDriver({ seed, broker: { latencyMs: { min: 0, max: latencyMs } } })
        const fault = driver.log.faults.at(seam, { kind: 'delay', delayMs }, { times: 3, after })
        for (let i = 0; i < 15; i++) {
          send()
          await driver.advance(30)
        }
        await driver.settle()
        expect(fault.hits).toBeGreaterThan(0)
        expectCounted(driver, 15)
        await driver.close()
      },
      { runs: 60 },
    ),
  propertyTimeoutMs,
)
