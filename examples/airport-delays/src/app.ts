// #region app
import { App, type AppOptions, json, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { memory } from '@stream/transport-memory'
import { type Airport, type Flight, noFlights, withFlight } from './flight.ts'

/** Delays per airport. With `STREAM_TRANSPORT=kafkajs://localhost:9092` in the environment the same program runs on Kafka. */
export function airportDelays(options: Partial<AppOptions> = {}, prefix = '') {
  const id = `${prefix}airport-delays`
  const app = new App({ id, transport: memory(), store: memoryStore(), guarantee: 'exactly_once', ...options })

  // The flights are of 2001: a topic with the usual retention would drop them.
  const keep = { partitions: 4, configs: { 'retention.ms': '-1' } }
  const flights = app.topic(`${prefix}flights`, { key: string(), value: json<Flight>(), ...keep })
  const airports = app.topic(`${prefix}airports`, { key: string(), value: json<Airport>(), ...keep })
  const longDelays = app.topic(`${prefix}long-delays`, { key: string(), value: json<Flight>(), ...keep })
  const delays = app.table('delays', { key: string(), value: json<Airport>(), default: () => noFlights })

  // All flights of an airport come together in one partition, where an agent keeps the airport's row and tells every change.
  const byOrigin = app.stream(flights).groupBy('by-origin', (flight) => flight.origin)
  app.agent(
    'delays',
    { source: byOrigin, tables: { delays }, sinks: [airports] },
    async function* (stream, { delays }) {
      for await (const flight of stream)
        yield await delays.update(flight.origin, (airport) => withFlight(airport, flight))
    },
  )

  app
    .stream(flights)
    .filter((flight) => flight.delay > 120)
    .selectKey((flight) => flight.origin)
    .to(longDelays)

  return { app, flights, airports, longDelays, delays }
}
// #endregion app
