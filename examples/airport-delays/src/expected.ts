import { type Airport, type Flight, noFlights, withFlight } from './flight.ts'

/** What the app has to come to. */
export interface Expected {
  readonly flights: readonly Flight[]
  readonly airports: ReadonlyMap<string, Airport>
  readonly longDelays: readonly Flight[]
}

/** A plain loop over the flights: no library, no log, no crash. */
export function expectedOf(flights: readonly Flight[]): Expected {
  const airports = new Map<string, Airport>()
  const longDelays: Flight[] = []
  for (const flight of flights) {
    airports.set(flight.origin, withFlight(airports.get(flight.origin) ?? noFlights, flight))
    if (flight.delay > 120) longDelays.push(flight)
  }
  return { flights, airports, longDelays }
}
