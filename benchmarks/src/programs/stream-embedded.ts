// The embedded log through a map, or through a table count, in one process without a broker.
import { App, json, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { memory as memoryTransport } from '@stream/transport-memory'
import { type Flight, readSettings } from '../program/index.ts'
import { endAtFailure } from './benchmark-app.ts'
import { embeddedInput } from './embedded-input.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const app = new App({
  id: settings.group,
  transport: memoryTransport({ log: await embeddedInput(settings.input, settings.records) }),
  store: memoryStore(),
  guarantee: 'at_least_once',
  settings: { commitIntervalMs: settings.cutIntervalMs },
  sensors: [sensor],
})
endAtFailure(app)
let delayed = 0
const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
if (settings.mode === 'map') {
  app
    .stream(flights)
    .map((flight) => [flight.destination, flight.delay])
    .forEach((delay) => {
      if (delay > 0) delayed++
    })
} else {
  const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
  app.agent('count', { source: flights, tables: { counts } }, async (stream, tables) => {
    for await (const flight of stream) await tables.counts.update(flight.origin, (count) => count + 1)
  })
}
await measureApp(app, sensor)
if (settings.mode === 'map' && delayed === 0) throw new Error('nothing came through the map')
