// #region app
import { App, deadLetter, json, retry, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { memory } from '@stream/transport-memory'

interface Flight {
  origin: string
  destination: string
  delay: number
}

export const transport = memory() // or kafkajs({ brokers: ['localhost:9092'] }), or 'kafkajs://localhost:9092'
export const app = new App({ id: 'airport-delays', transport, store: memoryStore(), guarantee: 'exactly_once' })

const flights = app.topic('flights', { key: string(), value: json<Flight>() })
const alerts = app.topic('alerts', { key: string(), value: json<Flight>() })
export const delays = app.table('delays', {
  key: string(),
  value: json<{ flights: number; minutes: number }>(),
  default: () => ({ flights: 0, minutes: 0 }),
})

// An agent is a loop: one event after the other, with its tables at hand.
const byOrigin = app.stream(flights).groupBy('by-origin', (flight) => flight.origin, { key: string() })
app.agent('delays', { source: byOrigin, tables: { delays } }, async (stream, { delays }) => {
  for await (const { origin, delay } of stream) {
    await delays.update(origin, ({ flights, minutes }) => ({ flights: flights + 1, minutes: minutes + delay }))
  }
})

// A handler is a call per event: in order per key, many keys at once.
const onError = retry({ attempts: 3, then: deadLetter() })
app.handler('alerts', { source: flights, outputs: [alerts], concurrency: 64, onError }, async (flight, event) => {
  if (flight.delay > 120) event.send(alerts, { key: flight.origin, value: flight })
})

// A stream is a chain of operators.
app
  .stream(flights)
  .filter((flight) => flight.delay > 0)
  .mapValues((flight) => `${flight.origin} to ${flight.destination}: ${flight.delay} min`)
  .to(app.topic('late-flights', { key: string(), value: string() }))
// #endregion app
