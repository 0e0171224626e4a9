// Parse, filter, serialise, produce.
import { json, string } from '@stream/core'
import { type Flight, readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const app = benchmarkApp(settings, [sensor])
const serdes = { key: string(), value: json<Flight>() }
app
  .stream(app.topic(settings.input, serdes))
  .filter((flight) => flight.delay > 0)
  .to(app.topic(settings.output, serdes))
await measureApp(app, sensor)
