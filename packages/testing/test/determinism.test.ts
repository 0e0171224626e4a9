import { describe, expect, it } from 'vitest'
import { type TestDriver, testDriver } from '../src/index.ts'
import { type CountApp, countApp } from './count-app.ts'
import { expectCounted, someNumbers } from './expect-counted.ts'

const topics = ['numbers', 'counted', 'count-counts-changelog']

/** Everything the log shows of a run: keys, values, timestamps, offsets and so the holes between them. */
function everything(driver: TestDriver<CountApp>): string {
  const outputs = topics.map((topic) => driver.output(topic, { isolation: 'read_uncommitted' }).readAll())
  return JSON.stringify({ now: driver.clock.now(), outputs })
}

/** A run with everything in it that is drawn from the seed: records, delays, latency, crashes, a second worker. */
async function run(seed: number): Promise<string> {
  const broker = { latencyMs: { min: 0, max: 5 }, markerDelayMs: 2 }
  const driver = await testDriver(countApp, { seed, broker })
  const { random } = driver
  const input = driver.input(driver.built.numbers)
  const sent: (readonly [string, number])[] = []
  for (let round = 0; round < 4; round += 1) {
    driver.crashAt(random() < 0.5 ? 'committing' : 'commit:after-end', { after: Math.floor(random() * 3) })
    if (round === 1) await driver.addWorker()
    for (const [key, value] of someNumbers(random, 25, sent.length)) {
      input.send(key, value)
      sent.push([key, value])
      await driver.advance(random() * 30)
    }
    await driver.settle()
    await driver.start()
  }
  await driver.settle()
  expectCounted(driver, sent)
  const result = everything(driver)
  await driver.close()
  return result
}

describe('a run of the test driver', () => {
  it.each([1, 2, 3])('is the same again with the same seed, offset by offset (%i)', async (seed) => {
    expect(await run(seed)).toBe(await run(seed))
  })

  it('takes another course with another seed', async () => {
    expect(await run(1)).not.toBe(await run(2))
  })
})
