// Handlers that wait 20 ms and write a row, 64 at a time in each task.
import { setTimeout as delay } from 'node:timers/promises'
import { json, string } from '@stream/core'
import { type Flight, readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const app = benchmarkApp(settings, [sensor])
const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
const seen = app.table('seen', { key: string(), value: json<number>() })
app.handler('wait', { source: flights, tables: { seen }, concurrency: 64 }, async (flight, event, tables) => {
  await delay(20)
  tables.seen.set(event.key, flight.delay)
})
await measureApp(app, sensor)
