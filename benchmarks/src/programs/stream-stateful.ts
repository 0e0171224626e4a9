// Count and sum per key in a table with a changelog, every update an output.
import { readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { declareDelays } from './declare-delays.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'

const settings = readSettings()
const sensor = new MeasuringSensor(settings)
const app = benchmarkApp(settings, [sensor])
declareDelays(app, settings)
await measureApp(app, sensor)
