import { StreamError } from '@stream/core/adapter'
import { counted, driven, formats, forward, never, send, visible } from './driven.ts'
import type { Effects } from './effect.ts'

const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'the broker is away', retryable: true })
const hourMs = 3_600_000

/** The settings of the sections "Cuts" and "Deadlines". */
export const cutsAndDeadlines: Effects = {
  commitIntervalMs: {
    values: [100, 10_000],
    observed: [3, 0],
    observe: async (commitIntervalMs) => {
      const driver = await driven({ commitIntervalMs }, forward)
      send(driver, 3)
      await driver.advance(1_000)
      return visible(driver)
    },
  },
  maxStagedBytes: {
    values: [1_024, 1 << 26],
    observed: [true, false],
    // Whether there was a cut although its time has not come.
    observe: async (maxStagedBytes) => {
      const driver = await driven({ maxStagedBytes, commitIntervalMs: 60_000 }, forward)
      send(driver, 2_000)
      await driver.advance(1_000)
      return visible(driver) > 0
    },
  },
  transactionTimeoutMs: {
    values: [1_000, 60_000],
    observed: [true, false],
    // Whether the broker has ended, 5 s after its worker died, what that one left open.
    observe: async (transactionTimeoutMs) => {
      const driver = await driven({ transactionTimeoutMs }, forward)
      driver.crashAt('commit:after-append')
      send(driver, 3)
      await driver.clock.advance(5_000)
      const { stable, end } = driver.log.offsets('out', 0)
      return end > 0 && stable === end
    },
  },
  stragglerCuts: {
    values: [2, 1_000],
    observed: ['some', 'all'],
    // Records that begin while the first one does not end.
    observe: async (stragglerCuts) => {
      let begun = 0
      const driver = await driven({ stragglerCuts }, (app, numbers) => {
        const out = app.topic('out', { ...formats, partitions: 1 })
        app.handler('h', { source: numbers, concurrency: 64, outputs: [out] }, async (n, event) => {
          begun++
          if (n === 0) await never()
          event.send(out, { key: event.key, value: n })
        })
      })
      const input = driver.input(driver.built.numbers)
      for (let n = 0; n < 40; n++) {
        input.send(`k${n}`, n)
        await driver.advance(100)
      }
      return begun === 40 ? 'all' : begun > 1 && begun < 20 ? 'some' : begun
    },
  },
  deliveryTimeoutMs: {
    values: [1_000, 60_000],
    observed: [true, false],
    // Whether a send outside of a transaction was given up within 10 s.
    observe: async (deliveryTimeoutMs) => {
      const driver = await driven({ deliveryTimeoutMs, guarantee: 'at_least_once' }, forward)
      let isGivenUp = false
      driver.built.app.on('error', ({ error }) => {
        isGivenUp ||= error.code === 'STREAM_BROKER_UNAVAILABLE'
      })
      send(driver, 3)
      driver.log.faults.at(
        'produce:before',
        { kind: 'fail', error: away },
        { times: 1e9, when: ({ topics }) => topics?.[0] === 'out' },
      )
      await driver.advance(10_000)
      return isGivenUp
    },
  },
  taskTimeoutMs: {
    values: [5_000, hourMs],
    observed: ['STREAM_BROKER_UNAVAILABLE', undefined],
    // What the app has failed with after a minute of cuts that fail.
    observe: async (taskTimeoutMs) => {
      const driver = await driven({ taskTimeoutMs }, forward)
      driver.log.faults.at('commit:before-append', { kind: 'fail', error: away }, { times: 1e9 })
      send(driver, 3)
      await driver.clock.advance(60_000)
      return driver.built.app.failure?.code
    },
  },
  progressTimeoutMs: {
    values: [5_000, hourMs],
    observed: ['STREAM_TASK_STALLED', undefined],
    observe: async (progressTimeoutMs) => {
      const driver = await driven({ progressTimeoutMs, drainTimeoutMs: 100 }, (app, numbers) => {
        app.handler('h', { source: numbers }, never)
      })
      send(driver, 1)
      await driver.clock.advance(60_000)
      return driver.built.app.failure?.code
    },
  },
  drainTimeoutMs: {
    values: [500, 20_000],
    observed: [1, 20],
    // Seconds that a stop takes with a record that does not end.
    observe: async (drainTimeoutMs) => {
      const driver = await driven({ drainTimeoutMs }, (app, numbers) => {
        app.handler('h', { source: numbers }, never)
      })
      send(driver, 1)
      await driver.advance(1_000)
      const startedAtMs = driver.clock.monotonicMs()
      await driver.stop()
      return Math.ceil((driver.clock.monotonicMs() - startedAtMs) / 1_000)
    },
  },
  repartitionPurgeIntervalMs: {
    values: [1_000, hourMs],
    observed: [true, false],
    // Whether records of a repartition topic are deleted after 5 s.
    observe: async (repartitionPurgeIntervalMs) => {
      const driver = await driven({ repartitionPurgeIntervalMs }, (app, numbers) => {
        app
          .stream(numbers)
          .groupBy('other', (n) => n, { key: formats.value })
          .to(app.topic('out', { key: formats.value, value: formats.value, partitions: 1 }))
      })
      const purges = counted(driver, 'admin')
      send(driver, 10)
      await driver.advance(5_000)
      return purges.hits > 0 && driver.log.offsets('app-other-repartition', 0).start > 0
    },
  },
}
