import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { App, type ErrorEvent, type Guarantee, json, string } from '@stream/core'
import { StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { testDriver } from '@stream/testing'
import { describe, expect, it } from 'vitest'
import { countingDriver, expectCounted } from '../../src/faults/index.ts'

const minuteMs = 60_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe.each<Guarantee>(['exactly_once', 'at_least_once'])(
  'a broker that is away for ten minutes, under %s,',
  (guarantee) => {
    /** Two consumers, of which one makes much of little; all settings are as they come. */
    const scene = async () => {
      const errors: ErrorEvent[] = []
      const driver = await testDriver((worker) => {
        const app = new App({ id: 'app', ...worker, guarantee, settings: { maxStagedBytes: 1 << 20 } })
        app.on('error', (event) => errors.push(event))
        const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions: 2 })
        const out = app.topic('out', { key: string(), value: json<{ n: number; count: number }>(), partitions: 2 })
        const bulk = app.topic('bulk', { key: string(), value: string(), partitions: 2 })
        const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
        app.handler('count', { source: numbers, tables: { counts }, outputs: [out] }, async (n, event, tables) => {
          event.send(out, {
            key: event.key,
            value: { n, count: await tables.counts.update(event.key, (one) => one + 1) },
          })
        })
        app
          .stream(numbers)
          .mapValues((n) => `${n}`.repeat(500))
          .to(bulk)
        return { app, numbers, out, counts }
      })
      const input = driver.input(driver.built.numbers)
      let sent = 0
      const send = (count: number): void => {
        for (let i = 0; i < count; i++) input.send(`k${sent % 20}`, sent++)
      }
      return { driver, errors, send, sent: () => sent }
    }

    it('is survived without a restart: nothing is lost, and nothing grows while it lasts', async () => {
      const { driver, errors, send, sent } = await scene()
      send(2_000)
      await driver.settle()
      // Much of it is fetched when the broker goes.
      send(20_000)
      await driver.advance(50)
      driver.log.setAvailable(false)
      await driver.advance(2 * minuteMs)
      const before = { heap: heapBytes(), timers: driver.clock.timers }
      await driver.advance(8 * minuteMs)
      const after = { heap: heapBytes(), timers: driver.clock.timers }
      expect(after.timers).toBeLessThanOrEqual(before.timers + 2)
      expect(after.heap - before.heap).toBeLessThan(4 << 20)
      expect(driver.built.app.failure).toBeUndefined()
      // Nobody goes round and round: some tries a minute.
      expect(errors.length).toBeLessThan(10 * 10)
      driver.log.setAvailable(true)
      send(10)
      await driver.settle()
      const values = driver
        .output(driver.built.out)
        .readAll()
        .map(({ value }) => value!.n)
      expect(new Set(values).size).toBe(sent())
      if (guarantee === 'exactly_once') {
        expect(values).toHaveLength(sent())
        for (let key = 0; key < 20; key++) {
          const count = Array.from({ length: sent() }, (_, n) => n).filter((n) => n % 20 === key).length
          expect(driver.table(driver.built.counts).get(`k${key}`)).toBe(count)
        }
      }
      await driver.close()
    }, 60_000)

    it('and comes back in the middle of a recovery, which goes on', async () => {
      const { driver, send, sent } = await scene()
      send(1_000)
      await driver.settle()
      driver.crash()
      const fault = driver.log.faults.at(
        'fetch',
        {
          kind: 'run',
          run: async () => {
            driver.log.setAvailable(false)
            await new Promise<void>((resolve) => void driver.clock.setTimer(10 * minuteMs, resolve))
            driver.log.setAvailable(true)
          },
        },
        { when: ({ topics }) => topics?.[0] === 'app-counts-changelog' },
      )
      await driver.start()
      await driver.advance(minuteMs)
      expect(driver.clock.monotonicMs()).toBeGreaterThan(10 * minuteMs)
      send(10)
      await driver.settle()
      expect(fault.hits).toBe(1)
      const values = driver
        .output(driver.built.out)
        .readAll()
        .map(({ value }) => value!.n)
      expect(new Set(values).size).toBe(sent())
      await driver.close()
    }, 60_000)
  },
)

describe('what a cut fails with', () => {
  const failing = async (code: StreamErrorCode, retryable: boolean) => {
    const scene = await countingDriver()
    const error = new StreamError({ code, message: 'the broker said no', retryable })
    const fault = scene.driver.log.faults.at(
      'commit:before-append',
      { kind: 'fail', error },
      { times: Number.POSITIVE_INFINITY, after: 1 },
    )
    return { ...scene, fault }
  }

  it.each<StreamErrorCode>(['STREAM_AUTHORIZATION_FAILED', 'STREAM_TOPIC_MISSING'])(
    'and no time mends, such as %s, ends the app at once with that cause',
    async (code) => {
      const { driver, send, errors } = await failing(code, false)
      send()
      await driver.settle()
      send()
      await expect(driver.settle()).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/the broker said no/),
      })
      expect(errors.filter(({ consequence }) => consequence === 'task-closed')).toHaveLength(1)
      await driver.close()
    },
  )

  it('and time can mend is tried until taskTimeoutMs is over, all tries together, and then ends the app with it', async () => {
    const { driver, send, fault } = await failing('STREAM_BROKER_UNAVAILABLE', true)
    send()
    await driver.settle()
    send()
    await driver.advance(14 * minuteMs)
    expect(driver.worker.app.failure).toBeUndefined()
    await expect(driver.advance(2 * minuteMs)).rejects.toMatchObject({
      code: 'STREAM_BROKER_UNAVAILABLE',
      message: expect.stringMatching(
        /No cut has committed for 900 s \(taskTimeoutMs 900000\), however often it was tried: the broker said no/,
      ),
    })
    // With a back-off between them.
    expect(fault.hits).toBeLessThan(250)
    await driver.close()
  })

  it('once leaves no mark: the next trouble has all its time again', async () => {
    const { driver, send, fault } = await failing('STREAM_BROKER_UNAVAILABLE', true)
    send()
    await driver.settle()
    send()
    await driver.advance(10 * minuteMs)
    fault.remove()
    await driver.settle()
    const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'again', retryable: true })
    const again = driver.log.faults.at(
      'commit:before-append',
      { kind: 'fail', error: away },
      { times: Number.POSITIVE_INFINITY },
    )
    send()
    await driver.advance(10 * minuteMs)
    again.remove()
    await driver.settle()
    expectCounted(driver, 3)
    await driver.close()
  })
})
