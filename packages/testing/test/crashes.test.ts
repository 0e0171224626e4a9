import { memory as memoryStore } from '@stream/store-memory'
import { seams } from '@stream/transport-memory'
import { describe, expect, it } from 'vitest'
import { type CrashPoint, forSeeds, testDriver } from '../src/index.ts'
import { countApp } from './count-app.ts'
import { expectCounted, someNumbers } from './expect-counted.ts'

const cutSteps: readonly CrashPoint[] = ['frozen', 'committing', 'committed', 'applying', 'applied']
/** What an app under exactly-once meets while records come in; the rest belongs to starts, or to at-least-once. */
const whileItWorks = [
  'commit:before-append',
  'commit:after-append',
  'commit:after-offsets',
  'commit:before-end',
  'commit:after-end',
  'fetch',
  'heartbeat',
] as const
const whileItStarts = ['init:before', 'init:after', 'join', 'sync', 'committed-offsets', 'admin'] as const

describe('a crash', () => {
  it.each([...cutSteps, ...whileItWorks])('at %s loses nothing and doubles nothing', async (point) => {
    const driver = await testDriver(countApp)
    const input = driver.input(driver.built.numbers)
    const sent = someNumbers(driver.random, 60)
    const crash = driver.crashAt(point, { after: 1 })
    for (const [key, value] of sent) {
      input.send(key, value)
      await driver.advance(40)
    }
    if (crash.worker === undefined) await driver.advance(5_000)
    expect(crash.worker).toBe(driver.worker)
    expect(driver.worker.state).toBe('crashed')
    expect(await driver.settle()).toBe('stopped')
    await driver.restart()
    expect(await driver.settle()).toBe('settled')
    expectCounted(driver, sent)
    await driver.close()
  })

  it.each(whileItStarts)('at %s, while the app starts, is survived by the next start', async (point) => {
    const driver = await testDriver(countApp)
    const sent = someNumbers(driver.random, 30)
    for (const [key, value] of sent) driver.input(driver.built.numbers).send(key, value)
    await driver.advance(100)
    driver.crash()
    const crash = driver.crashAt(point)
    await driver.restart()
    await driver.settle()
    expect(crash.worker).toBe(driver.worker)
    await driver.restart()
    expect(await driver.settle()).toBe('settled')
    expectCounted(driver, sent)
    await driver.close()
  })

  it('can be put at every seam of the log and every step of a cut', () => {
    const aimed: readonly CrashPoint[] = [...cutSteps, ...whileItWorks, ...whileItStarts]
    const onlyAtLeastOnce = ['produce:before', 'produce:after', 'offset-commit:before', 'offset-commit:after']
    const ofLog = seams.map((seam) => (seam === 'committed' ? 'committed-offsets' : seam))
    expect([...aimed, ...onlyAtLeastOnce].toSorted()).toEqual([...cutSteps, ...ofLog].toSorted())
  })

  it('between the commit and the store leaves the store behind, and recovery rolls it forward', async () => {
    const kept = memoryStore()
    const driver = await testDriver(countApp, { store: () => kept })
    const input = driver.input(driver.built.numbers)
    input.send('a', 1)
    await driver.settle()
    driver.crashAt('committed')
    input.send('a', 2)
    expect(await driver.settle()).toBe('stopped')
    const { counts, app } = driver.built
    expect(driver.table(counts).get('a')).toEqual({ count: 2, last: 2 })
    const rows = await kept.open({
      table: counts.changelog.name,
      partition: driver.output('count-counts-changelog').read()?.partition ?? -1,
    })
    expect(JSON.parse(String(Buffer.from((await rows.get(counts.key.serialize('a'))) ?? '')))).toEqual({
      count: 1,
      last: 1,
    })
    await rows.close()
    await driver.restart()
    await driver.settle()
    expect(driver.built.app).not.toBe(app)
    expect(await driver.run(driver.built.counts.query('a'))).toEqual({ count: 2, last: 2 })
    await driver.close()
  })

  it('of one worker among several is made good by the others, once its session is over', async () => {
    await forSeeds({ count: 5 }, async (seed) => {
      const driver = await testDriver(countApp, { seed })
      await driver.addWorker()
      await driver.addWorker()
      await driver.settle()
      const input = driver.input(driver.built.numbers)
      const sent = someNumbers(driver.random, 90)
      const point = cutSteps[Math.floor(driver.random() * cutSteps.length)] ?? 'frozen'
      const crash = driver.crashAt(point, { after: Math.floor(driver.random() * 4) })
      for (const [key, value] of sent) {
        input.send(key, value)
        await driver.advance(driver.random() * 60)
      }
      const before = driver.clock.monotonicMs()
      expect(await driver.settle()).toBe('settled')
      expect(crash.worker?.isAlive).toBe(false)
      expect(driver.workers.filter((worker) => worker.isAlive)).toHaveLength(2)
      expect(driver.clock.monotonicMs() - before).toBeLessThan(60_000)
      expectCounted(driver, sent)
      await driver.close()
    })
  })

  it('strikes only the worker it is meant for', async () => {
    const driver = await testDriver(countApp)
    const other = await driver.addWorker()
    await driver.settle()
    const crash = driver.crashAt('committing', { worker: other })
    for (const [key, value] of someNumbers(driver.random, 30)) driver.input(driver.built.numbers).send(key, value)
    await driver.settle()
    expect(crash.worker).toBe(other)
    expect(driver.worker.isAlive).toBe(true)
    await driver.close()
  })

  it('that was taken back does not strike', async () => {
    const driver = await testDriver(countApp)
    const crashes = [driver.crashAt('frozen'), driver.crashAt('commit:before-end')]
    for (const crash of crashes) crash.cancel()
    driver.input(driver.built.numbers).send('a', 1)
    expect(await driver.settle()).toBe('settled')
    expect(crashes.map((crash) => crash.worker)).toEqual([undefined, undefined])
    await driver.close()
  })
})
