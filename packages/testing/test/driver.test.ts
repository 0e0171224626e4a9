import { App, deadLetter, integer, json, retry, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { forSeeds, testDriver, type WorkerOptions } from '../src/index.ts'
import { countApp, pause } from './count-app.ts'
import { expectCounted, someNumbers } from './expect-counted.ts'

describe('testDriver', () => {
  it('processes what is piped in, and shows outputs and tables as they are committed', async () => {
    const driver = await testDriver(countApp)
    const { numbers, counted, counts } = driver.built
    const input = driver.input(numbers)
    input.send('a', 3)
    input.send('b', 4)
    input.send('a', 5, { timestamp: 1_700_000_000_000 })
    expect(driver.table(counts).has('a')).toBe(false)
    expect(await driver.settle()).toBe('settled')
    const output = driver.output(counted)
    expect(output.readToMap()).toEqual(
      new Map([
        ['a', { count: 2, last: 5 }],
        ['b', { count: 1, last: 4 }],
      ]),
    )
    expect([output.isEmpty, output.read()]).toEqual([true, undefined])
    input.send('b', 6)
    await driver.settle()
    expect(output.readAll()).toMatchObject([{ key: 'b', value: { count: 2, last: 6 }, headers: [] }])
    expect(driver.table(counts).get('a')).toEqual({ count: 2, last: 5 })
    expect(driver.table(counts).get('z')).toEqual({ count: 0, last: -1 })
    expect(
      driver
        .table(counts)
        .entries()
        .map(([key]) => key),
    ).toEqual(['a', 'b'])
    await driver.close()
  })

  it('gives key, value, headers, timestamp, partition and offset as they were sent', async () => {
    const driver = await testDriver(countApp)
    const input = driver.input(driver.built.numbers)
    input.send('a', 1, { timestamp: 5, partition: 2, headers: [['trace', Uint8Array.of(7)]] })
    input.send(null, 2, { timestamp: 4, partition: 1 })
    input.send('b', null, { timestamp: 6, partition: 2 })
    const output = driver.output(driver.built.numbers)
    expect(output.readAll()).toEqual([
      { key: null, value: 2, headers: [], timestamp: 4, partition: 1, offset: 0 },
      { key: 'a', value: 1, headers: [['trace', Uint8Array.of(7)]], timestamp: 5, partition: 2, offset: 0 },
      { key: 'b', value: null, headers: [], timestamp: 6, partition: 2, offset: 1 },
    ])
    input.send('c', 3)
    expect(output.read()?.timestamp).toBe(driver.clock.now())
    await driver.close()
  })

  it('refuses inputs that no producer could send', async () => {
    const driver = await testDriver(countApp)
    const input = driver.input(driver.built.numbers)
    // What code without types can do.
    expect(() => input.send('a', undefined as never)).toThrow(
      expect.objectContaining({ code: 'STREAM_VALUE_UNDEFINED' }),
    )
    expect(() => input.send('a', 1, { partition: 3 })).toThrow(
      expect.objectContaining({ code: 'STREAM_DECLARATION_INVALID' }),
    )
    expect(() => driver.input('nowhere').send(null, null)).toThrow(
      expect.objectContaining({ code: 'STREAM_TOPIC_MISSING' }),
    )
    driver.input('numbers').send(null, new Uint8Array(2_000_000))
    await expect(driver.settle()).rejects.toMatchObject({ code: 'STREAM_RECORD_TOO_LARGE' })
    expect(driver.output(driver.built.numbers).isEmpty).toBe(true)
    await driver.close()
  })

  it('takes no more time than the app needs', async () => {
    const driver = await testDriver(countApp)
    driver.input(driver.built.numbers).send('a', 1)
    const before = driver.clock.monotonicMs()
    await driver.settle()
    expect(driver.clock.monotonicMs() - before).toBeLessThanOrEqual(200)
    const settled = driver.clock.monotonicMs()
    await driver.settle()
    expect(driver.clock.monotonicMs()).toBe(settled)
    await driver.close()
  })

  it.each(['exactly_once', 'at_least_once'] as const)(
    'runs handlers that wait on promises and on the clock: %s',
    async (guarantee) => {
      await forSeeds({ count: 3 }, async (seed) => {
        const driver = await testDriver((options) => countApp(options, { guarantee }), { seed })
        const sent = someNumbers(driver.random, 100)
        for (const [key, value] of sent) {
          driver.input(driver.built.numbers).send(key, value)
          await driver.advance(driver.random() * 5)
        }
        await driver.settle()
        expectCounted(driver, sent)
        await driver.close()
      })
    },
  )

  it('lets timers of the app come due as time is advanced', async () => {
    const fired: number[] = []
    const driver = await testDriver((options) => {
      const app = new App({ id: 'timers', ...options })
      const source = app.topic('source', { key: string(), value: json<number>() })
      const { clock } = options.runtime
      app.handler('wait', { source }, async (delayMs) => {
        await pause(clock, delayMs)
        fired.push(delayMs)
      })
      return { app, source }
    })
    const input = driver.input(driver.built.source)
    for (const delayMs of [60_000, 30_000, 90_000]) input.send(String(delayMs), delayMs)
    await driver.advance(30_000)
    expect(fired).toEqual([30_000])
    await driver.advance(30_000)
    expect(fired).toEqual([30_000, 60_000])
    await driver.settle()
    expect(fired).toEqual([30_000, 60_000, 90_000])
    await driver.close()
  })

  it('shows an app that fails: the cause, where it happened, and the seed', async () => {
    const driver = await testDriver((options) => failing(options, 'stop'), { seed: 77 })
    driver.input(driver.built.source).send('a', -1)
    await expect(driver.settle()).rejects.toMatchObject({
      code: 'STREAM_HANDLER_FAILED',
      message: expect.stringContaining('(seed 77)'),
      place: { topic: 'source', offset: 0 },
    })
    expect(driver.worker.app.state).toBe('failed')
    await driver.close()
  })

  it('lets retries wait on the virtual clock, and shows dead letters, of bytes that cannot be decoded, too', async () => {
    const driver = await testDriver((options) => failing(options, 'retry'))
    driver.input(driver.built.source).send('a', -1)
    driver.input(driver.built.source).sendBytes(null, Uint8Array.of(1, 2))
    const before = driver.clock.monotonicMs()
    await driver.settle()
    expect(driver.clock.monotonicMs() - before).toBeGreaterThan(1_000)
    const letters = driver.output('failing-dead-letter').readAll()
    expect(letters.map(({ value }) => value?.length).toSorted()).toEqual([2, 4])
    await driver.close()
  })

  it('says what is left, and the seed, where an app does not settle', async () => {
    const driver = await testDriver(
      (options) => {
        const app = new App({ id: 'stuck', ...options })
        const source = app.topic('source')
        app.handler('wait', { source }, () => new Promise<void>(() => undefined))
        return app
      },
      { seed: 5, settleLimitMs: 60_000 },
    )
    driver.input('source').send(null, Uint8Array.of(1))
    await expect(driver.settle()).rejects.toThrow(/within 60000 ms .*seed 5.*source-0 is committed up to offset 0/)
    await driver.close()
  })

  it('sees nothing of the environment but what it is told', async () => {
    const driver = await testDriver(countApp, { env: { STREAM_COMMIT_INTERVAL_MS: '7000' } })
    expect(driver.worker.app.config.values).toMatchObject({ commitIntervalMs: 7_000, workerId: 'worker-1' })
    driver.input(driver.built.numbers).send('a', 1)
    await driver.advance(6_000)
    expect(driver.output(driver.built.counted).isEmpty).toBe(true)
    await driver.advance(2_000)
    expect(driver.output(driver.built.counted).isEmpty).toBe(false)
    await driver.close()
  })

  it('starts an app later, on topics that hold something already', async () => {
    const driver = await testDriver(countApp, { isStarted: false })
    expect(await driver.settle()).toBe('stopped')
    expect(() => driver.built).toThrow(expect.objectContaining({ code: 'STREAM_STATE_INVALID' }))
    driver.createTopic('numbers', { partitions: 3 })
    const value = new TextEncoder().encode('4')
    driver.input('numbers').send(new TextEncoder().encode('a'), value)
    await driver.start()
    await driver.settle()
    expect(driver.output(driver.built.counted).readAll()).toMatchObject([{ key: 'a', value: { count: 1, last: 4 } }])
    await driver.close()
  })

  it('settles an app that begins with the latest records, and leaves the older ones alone', async () => {
    const driver = await testDriver(countApp, { isStarted: false, env: { STREAM_OFFSET_RESET: 'latest' } })
    driver.createTopic('numbers', { partitions: 3 })
    driver.input('numbers').send(new TextEncoder().encode('a'), new TextEncoder().encode('1'))
    await driver.start()
    expect(await driver.settle()).toBe('settled')
    driver.input(driver.built.numbers).send('a', 2)
    await driver.settle()
    expect(driver.output(driver.built.counted).readAll()).toMatchObject([{ key: 'a', value: { count: 1, last: 2 } }])
    await driver.close()
  })

  it('rejects with what an app cannot start with', async () => {
    const incompatible = (options: WorkerOptions): App => {
      const app = new App({ id: 'a', ...options })
      app.agent('nothing', { source: app.topic('source', { partitions: -1 }) }, async () => undefined)
      return app
    }
    await expect(testDriver(incompatible)).rejects.toMatchObject({ code: 'STREAM_DECLARATION_INVALID' })
  })

  it('gives an app that waits for answers of the log the time they take', async () => {
    const driver = await testDriver(countApp, { broker: { latencyMs: { min: 5, max: 50 }, markerDelayMs: 30 } })
    const sent = someNumbers(driver.random, 40)
    for (const [key, value] of sent) driver.input(driver.built.numbers).send(key, value)
    await driver.settle()
    expectCounted(driver, sent)
    expect(driver.clock.monotonicMs()).toBeGreaterThan(100)
    await driver.stop()
    await driver.close()
  })
})

/** Fails for what is negative, and for what cannot be decoded. */
function failing(options: WorkerOptions, policy: 'stop' | 'retry') {
  const app = new App({ id: 'failing', ...options })
  const source = app.topic('source', { key: string(), value: integer() })
  const onError = policy === 'stop' ? undefined : retry({ attempts: 3, backoffMs: 1_000, then: deadLetter() })
  app.handler('check', { source, ...(onError === undefined ? {} : { onError }) }, (value) => {
    if (value < 0) throw new RangeError('negative')
  })
  return { app, source }
}
