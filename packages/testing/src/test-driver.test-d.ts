import { type App, json, string, type Table, type Topic } from '@stream/core'
import { testDriver } from './index.ts'

interface Flight {
  readonly delay: number
}

declare const app: App
declare const flights: Topic<string, Flight>
declare const minutes: Table<string, number, number>
declare const seen: Table<string, number>

const driver = await testDriver(() => ({ app, flights, minutes, seen }))

// What the factory makes is what the driver has.
const built: { app: App; flights: Topic<string, Flight> } = driver.built
const alone: App = (await testDriver(() => app)).built
const ofWorker: Table<string, number, number> = driver.worker.built.minutes

// Inputs take what the topic's serdes take.
const input = driver.input(built.flights)
input.send('SFO', { delay: 1 }, { timestamp: 1, partition: 0 })
input.send(null, null)
input.sendAll([{ value: { delay: 1 } }, { key: 'SFO', value: null }])
// @ts-expect-error: a value of another type
input.send('SFO', 1)
// @ts-expect-error: a key of another type
input.send(1, { delay: 1 })
// @ts-expect-error: by its name alone a topic takes bytes
driver.input('flights').send('SFO', new Uint8Array())

// Outputs give what they give, and null where there is none.
const output = driver.output(app.topic('delays', { key: string(), value: json<Flight>() }))
const key: string | null | undefined = output.read()?.key
const delays: (number | undefined)[] = output.readAll().map(({ value }) => value?.delay)
const bytes: Uint8Array | null | undefined = driver.output('delays').read()?.value
// @ts-expect-error: a tombstone has no delay
output.readAll().map(({ value }) => value.delay)

// A table with a default always answers, another one may have no row.
const sure: number = driver.table(minutes).get('SFO')
const unsure: number | undefined = driver.table(seen).get('SFO')
// @ts-expect-error: there may be no row
const surely: number = driver.table(seen).get('SFO')
// @ts-expect-error: a key of another type
driver.table(minutes).get(1)

// Crash points are known by name.
driver.crashAt('committed', { after: 1, worker: driver.worker })
driver.crashAt('commit:after-end')
// @ts-expect-error: there is no such point
driver.crashAt('comitted')

export const used: readonly unknown[] = [alone, ofWorker, key, delays, bytes, sure, unsure, surely]
