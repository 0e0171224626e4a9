// A table without outputs: filled, or recovered from its changelog by a process that has just started.
import { json, string } from '@stream/core'
import { type Delay, type Flight, readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { measureApp } from './measure-app.ts'
import { MeasuringSensor } from './measuring-sensor.ts'
import { RecoveryWindow } from './recovery-window.ts'

const settings = readSettings()
const filling = new MeasuringSensor(settings)
const recovery = new RecoveryWindow(4)
const isFilling = settings.mode === 'fill'
const app = benchmarkApp(settings, [isFilling ? filling : recovery])
const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
const delays = app.table('delays', { key: string(), value: json<Delay>(), default: () => ({ flights: 0, minutes: 0 }) })
app.handler('delays', { source: flights, tables: { delays } }, async (flight, event, tables) => {
  await tables.delays.update(event.key, (delay) => ({
    flights: delay.flights + 1,
    minutes: delay.minutes + flight.delay,
  }))
})
if (isFilling) {
  await measureApp(app, filling)
} else {
  await app.start()
  process.stdout.write(`${JSON.stringify(await recovery.result)}\n`, () => process.exit(0))
}
