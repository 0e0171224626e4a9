import { App, type Clock, json, type SettingsInput, type TableReadEvent } from '@stream/core'
import { MemoryLog, memory } from '@stream/transport-memory'
import { quietProcess, reached } from '../cases/index.ts'
import { driven, formats, forward, never, send } from './driven.ts'
import type { Effects } from './effect.ts'

/** The machine's clock, but for the time that goes by itself: a millisecond passes whenever somebody looks. */
function countingClock(): Clock {
  let passedMs = 0
  return {
    now: () => passedMs,
    monotonicMs: () => ++passedMs,
    setTimer: (delayMs, fn) => {
      const handle = setTimeout(fn, delayMs)
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

/** The code that an app cannot start with, or `started`. */
function codeOfStart(settings: SettingsInput): Promise<string> {
  return driven(settings, forward).then(
    () => 'started',
    (error: { readonly code: string }) => error.code,
  )
}

/** The settings of the sections "Processing", "Topics" and "Tables". */
export const processingAndTables: Effects = {
  handlerConcurrency: {
    values: [2, 8],
    observed: [2, 8],
    observe: async (handlerConcurrency) => {
      let begun = 0
      const driver = await driven({ handlerConcurrency }, (app, numbers) => {
        app.handler('h', { source: numbers }, () => {
          begun++
          return never()
        })
      })
      send(driver, 20, 20)
      await driver.advance(1_000)
      return begun
    },
  },
  sliceMs: {
    values: [5, 100_000],
    observed: [true, false],
    // Whether timers and sockets get a turn while 4000 records are worked on.
    observe: async (sliceMs) => {
      const log = new MemoryLog({ defaultPartitions: 1 })
      const app = new App({
        id: 'app',
        transport: memory({ log }),
        settings: { sliceMs, fetchWaitMs: 20 },
        runtime: { clock: countingClock(), process: quietProcess() },
        log: () => undefined,
      })
      let done = 0
      let between = 0
      let isOver = false
      app.handler('h', { source: app.topic('in', formats) }, () => void done++)
      await app.start()
      await reached(app, 'running')
      const watch = (): void => {
        if (done > 0 && done < 4_000) between++
        if (!isOver) setImmediate(watch)
      }
      setImmediate(watch)
      const sender = memory({ log })
      await sender.open({ log: () => undefined })
      const records = Array.from({ length: 4_000 }, () => ({ key: null, value: Buffer.from('1'), timestamp: 1 }))
      await sender.producer({ deliveryTimeoutMs: 1_000 }).send([{ topic: 'in', partition: 0, records }])
      while (done < 4_000) await new Promise((resolve) => setImmediate(resolve))
      isOver = true
      await app.stop()
      await sender.close()
      return between > 2
    },
  },
  createTopics: {
    values: [true, false],
    observed: ['started', 'STREAM_TOPIC_MISSING'],
    observe: (createTopics) => codeOfStart({ createTopics }),
  },
  defaultPartitions: {
    values: [3, 5],
    observed: [3, 5],
    observe: async (defaultPartitions) => {
      const driver = await driven({ defaultPartitions }, (app, numbers) => {
        app.stream(numbers).to(app.topic('undecided', formats))
      })
      return driver.built.app.describe().topics.find(({ name }) => name === 'undecided')?.partitions
    },
  },
  replicationFactor: {
    values: [-1, 3],
    observed: ['started', 'STREAM_BROKER_REFUSED'],
    // The embedded log is one broker, and has no room for three replicas.
    observe: (replicationFactor) => codeOfStart({ replicationFactor }),
  },
  tableCacheBytes: {
    values: [1 << 20, 0],
    observed: ['cache', 'store'],
    // Where a row is found that was committed a while ago.
    observe: async (tableCacheBytes) => {
      const reads: TableReadEvent[] = []
      const sensor = { name: 'reads', onTableRead: (event: TableReadEvent) => void reads.push(event) }
      const declare: Parameters<typeof driven>[1] = (app, numbers) => {
        const rows = app.table('rows', formats)
        app.handler('h', { source: numbers, tables: { rows } }, async (n, event, tables) => {
          await tables.rows.get(event.key)
          if (n === 0) tables.rows.set(event.key, n)
        })
      }
      const driver = await driven({ tableCacheBytes }, declare, {
        options: ({ sensors }) => ({ sensors: [...sensors, sensor] }),
      })
      const input = driver.input(driver.built.numbers)
      for (let n = 0; n < 3; n++) {
        input.send('k', n)
        await driver.advance(1_000)
      }
      return reads.at(-1)?.layer
    },
  },
  freezeValues: {
    values: [true, false],
    observed: [true, false],
    observe: async (freezeValues) => {
      let isFrozen: boolean | undefined
      const driver = await driven({ freezeValues }, (app, numbers) => {
        const rows = app.table('rows', { key: formats.key, value: json<{ readonly n: number }>() })
        app.handler('h', { source: numbers, tables: { rows } }, async (n, event, tables) => {
          if (n === 0) tables.rows.set(event.key, { n })
          else isFrozen = Object.isFrozen(await tables.rows.get(event.key))
        })
      })
      const input = driver.input(driver.built.numbers)
      for (const n of [0, 1]) {
        input.send('k', n)
        await driver.advance(1_000)
      }
      return isFrozen
    },
  },
}
