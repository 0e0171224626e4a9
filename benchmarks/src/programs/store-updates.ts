// Updates of a table of many keys: a table of an app, on the embedded log, in a store or in another.
import { App, json, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { rocksdb } from '@stream/store-rocksdb'
import { memory as memoryTransport } from '@stream/transport-memory'
import { type Delay, type Flight, readSettings } from '../program/index.ts'
import { endAtFailure } from './benchmark-app.ts'
import { embeddedInput } from './embedded-input.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'
import { updatedKeys } from './updated-keys.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const log = await embeddedInput(settings.input, settings.records, (_, number) => String(number % updatedKeys))
const app = new App({
  id: settings.group,
  transport: memoryTransport({ log }),
  store: settings.store === 'rocksdb' ? rocksdb() : memoryStore(),
  guarantee: 'at_least_once',
  settings: { commitIntervalMs: settings.cutIntervalMs, stateDir: settings.stateDirectory },
  sensors: [sensor],
})
endAtFailure(app)
const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
const delays = app.table('delays', { key: string(), value: json<Delay>(), default: () => ({ flights: 0, minutes: 0 }) })
app.agent('delays', { source: flights, tables: { delays } }, async (stream, tables) => {
  for await (const event of stream.events()) {
    await tables.delays.update(event.key, (delay) => ({
      flights: delay.flights + 1,
      minutes: delay.minutes + event.value.delay,
    }))
  }
})
await measureApp(app, sensor)
