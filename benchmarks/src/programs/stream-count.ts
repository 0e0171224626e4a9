// The empty operator: consume and count.
import { readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const app = benchmarkApp(settings, [sensor])
let values = 0
app.stream(app.topic(settings.input)).forEach((value) => {
  if (value !== null) values++
})
await measureApp(app, sensor)
if (values !== settings.records) throw new Error(`counted ${values} records of ${settings.records}`)
