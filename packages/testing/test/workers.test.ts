import { describe, expect, it } from 'vitest'
import { forSeeds, testDriver } from '../src/index.ts'
import { countApp } from './count-app.ts'
import { expectCounted, someNumbers } from './expect-counted.ts'

describe('workers of the test driver', () => {
  it('share the tasks among them, and take them over from one that stops', async () => {
    const driver = await testDriver(countApp)
    const second = await driver.addWorker()
    await driver.settle()
    expect(driver.workers.map((worker) => worker.id)).toEqual(['worker-1', 'worker-2'])
    const shares = driver.workers.map(({ app }) => app.tasks().length)
    expect(shares.toSorted()).toEqual([1, 2])
    await second.stop()
    expect([second.state, second.isAlive]).toEqual(['stopped', false])
    await driver.settle()
    expect(driver.worker.app.tasks()).toHaveLength(3)
    await driver.close()
  })

  it.each(['eager', 'cooperative'])('have every task among them when all is settled: %s', async (rebalance) => {
    await forSeeds({ count: 5 }, async (seed) => {
      const broker = { latencyMs: { min: 1, max: 10 } }
      const driver = await testDriver(countApp, { seed, broker, env: { STREAM_REBALANCE: rebalance } })
      for (let step = 0; step < 6; step += 1) {
        const worker = driver.workers[Math.floor(driver.random() * driver.workers.length)] ?? driver.worker
        if (driver.workers.length < 3) await driver.addWorker()
        else await (worker.isAlive ? worker.stop() : worker.start())
        await driver.settle()
        const alive = driver.workers.filter(({ isAlive }) => isAlive)
        const tasks = alive.flatMap(({ app }) => app.tasks().map(({ task }) => task))
        expect(tasks.toSorted()).toEqual(alive.length === 0 ? [] : ['numbers_0', 'numbers_1', 'numbers_2'])
      }
      await driver.close()
    })
  })

  it('come back with their worker id, a new app, and nothing else', async () => {
    const driver = await testDriver(countApp)
    const { app } = driver.worker
    const sent = someNumbers(driver.random, 20)
    for (const [key, value] of sent) driver.input(driver.built.numbers).send(key, value)
    await driver.settle()
    await driver.restart()
    expect(app.state).toBe('stopped')
    expect(driver.worker.app).not.toBe(app)
    expect(driver.worker.app.config.values.workerId).toBe('worker-1')
    const [key] = sent[0] ?? ['']
    await driver.settle()
    expect(await driver.run(driver.built.counts.query(key))).toEqual(driver.table(driver.built.counts).get(key))
    expectCounted(driver, sent)
    await driver.close()
  })

  it('are started once at a time', async () => {
    const driver = await testDriver(countApp)
    await expect(driver.worker.start()).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
    await driver.stop()
    await driver.worker.stop()
    driver.worker.crash()
    expect(driver.worker.state).toBe('stopped')
    await driver.close()
  })

  it('that are dead set no timers and say nothing any more', async () => {
    const lines: string[] = []
    const driver = await testDriver(countApp, { log: (level, message) => lines.push(`${level} ${message}`) })
    driver.input(driver.built.numbers).send('a', 3)
    await driver.advance(1)
    driver.crash()
    lines.length = 0
    expect(await driver.settle()).toBe('stopped')
    await driver.advance(3_600_000)
    expect(lines).toEqual([])
    expect(driver.output(driver.built.counted).isEmpty).toBe(true)
    await driver.close()
    // What is left is the upkeep of the log.
    expect(driver.clock.timers).toBe(0)
  })

  it('may stop while a handler waits: what is in flight ends first', async () => {
    const driver = await testDriver(countApp)
    driver.input(driver.built.numbers).send('a', 6)
    await driver.advance(1)
    await driver.stop()
    expect(driver.output(driver.built.counted).readAll()).toMatchObject([{ value: { count: 1, last: 6 } }])
    await driver.close()
  })

  it('that stall lose their tasks to others, and commit nothing when they wake up', async () => {
    await forSeeds({ count: 4 }, async (seed) => {
      const driver = await testDriver(countApp, { seed })
      const other = await driver.addWorker()
      await driver.settle()
      const input = driver.input(driver.built.numbers)
      const sent = someNumbers(driver.random, 60)
      for (const [key, value] of sent.slice(0, 30)) input.send(key, value)
      await driver.advance(driver.random() * 10)
      other.stall()
      for (const [key, value] of sent.slice(30)) input.send(key, value)
      expect(await driver.settle()).toBe('settled')
      await driver.advance(60_000)
      expect(driver.worker.app.tasks()).toHaveLength(3)
      other.wake()
      expect(other.isStalled).toBe(false)
      await driver.settle()
      expect(other.app.tasks().length).toBeGreaterThan(0)
      expectCounted(driver, sent)
      await driver.close()
    })
  })
})
