// What a stranger writes on a first day: installed from the packed packages, type-checked, run by CI.
import { strict as assert } from 'node:assert'
import { App, json, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { memory } from '@stream/transport-memory'

interface Flight {
  origin: string
  delay: number
}

const transport = memory()
const app = new App({ id: 'consumer', transport, store: memoryStore(), guarantee: 'exactly_once' })

const flights = app.topic('flights', { key: string(), value: json<Flight>(), partitions: 1 })
const delays = app.table('delays', { key: string(), value: json<number>(), default: () => 0 })

let seen = 0
app.agent('delays', { source: flights, tables: { delays } }, async (stream, { delays }) => {
  for await (const flight of stream) {
    await delays.update(flight.origin, (minutes) => minutes + flight.delay)
    seen += 1
  }
})

await app.start()
await app.stop()
assert.equal(app.state, 'stopped')
assert.equal(seen, 0)
