import { App, deadLetter, json, string } from '@stream/core'
import { testDriver } from '@stream/testing'
import { expect, it } from 'vitest'

/** Doubles numbers; every third one is a dead letter. */
function doubling(commitIntervalMs: number) {
  return testDriver((worker) => {
    const app = new App({
      id: 'app',
      ...worker,
      settings: { commitIntervalMs, sessionTimeoutMs: 1_000, heartbeatIntervalMs: 100 },
    })
    const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions: 1 })
    const out = app.topic('out', { key: string(), value: json<number>(), partitions: 1 })
    app.handler('double', { source: numbers, outputs: [out], onError: deadLetter() }, async (n, event) => {
      event.send(out, { key: event.key, value: n * 2 })
      if (n % 3 === 0) throw new Error('three')
    })
    return { app, numbers, out }
  })
}

it('a dead letter is in the same cut as the offset of its record: neither is there without the other', async () => {
  const driver = await doubling(60_000)
  driver.input(driver.built.numbers).send('k', 3)
  await driver.advance(30_000)
  const letters = () => driver.output('app-dead-letter').readAll().length
  const committed = () => driver.log.broker.group('app').offsets.fetch([{ topic: 'numbers', partition: 0 }])[0]?.offset
  expect([letters(), committed()]).toEqual([0, undefined])
  await driver.advance(31_000)
  expect([letters(), committed()]).toEqual([1, 1])
  await driver.close()
})

it.each(['frozen', 'committing', 'commit:before-end', 'commit:after-end', 'committed', 'applied'] as const)(
  'dead letters are neither lost nor doubled by a crash at %s',
  async (point) => {
    const driver = await doubling(20)
    const input = driver.input(driver.built.numbers)
    const crash = driver.crashAt(point, { after: 2 })
    for (let n = 1; n <= 30; n++) {
      input.send('k', n)
      await driver.advance(15)
    }
    await driver.start()
    await driver.settle()
    expect(crash.worker).toBeDefined()
    const letters = driver.output('app-dead-letter').readAll()
    expect(letters.map(({ value }) => Number(Buffer.from(value!).toString()))).toEqual([
      3, 6, 9, 12, 15, 18, 21, 24, 27, 30,
    ])
    expect(driver.output(driver.built.out).readAll()).toHaveLength(20)
    await driver.close()
  },
)
