// A table that is filled until the process kills itself by SIGKILL; and the next process, from the assignment to its first record.
import { json, type Sensor, string } from '@stream/core'
import { type Delay, type Flight, type ProgramResult, readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'

const settings = readSettings()
let processed = 0
let assignedMs: number | undefined

const filling: Sensor = {
  name: 'benchmark',
  onProcessed: ({ topic, records }) => {
    if (topic === settings.input) processed += records
  },
  onCutStep: ({ step }) => {
    // Some are left for the next process.
    if (step === 'applied' && processed >= settings.records * 0.9) process.kill(process.pid, 'SIGKILL')
  },
}

const restarting: Sensor = {
  name: 'benchmark',
  onRebalance: ({ kind }) => {
    if (kind === 'assigned') assignedMs ??= performance.now()
  },
  onProcessed: ({ topic }) => {
    if (topic !== settings.input || assignedMs === undefined) return
    const { user, system } = process.cpuUsage()
    const result: ProgramResult = {
      records: 1,
      seconds: (performance.now() - assignedMs) / 1_000,
      cpuSeconds: (user + system) / 1e6,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
  },
}

const app = benchmarkApp(settings, [settings.mode === 'fill' ? filling : restarting])
const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
const delays = app.table('delays', { key: string(), value: json<Delay>() })
app.handler('delays', { source: flights, tables: { delays } }, (flight, event, tables) => {
  tables.delays.set(event.key, { flights: 1, minutes: flight.delay })
})
await app.start()
