import { App, type AppOptions, json, string } from '@stream/core'

/** What happened to a flight. */
export interface Sighting {
  readonly flight: string
  readonly altitude: number
}

const hours = (count: number): number => count * 3_600_000

/** Tables of every kind. */
export function tower(options: Partial<AppOptions> = {}) {
  const app = new App({ id: 'tower', ...options })
  const sightings = app.topic('sightings', { key: string(), value: json<Sighting>(), partitions: 2 })

  // #region kinds
  const last = app.table('last', { key: string(), value: json<Sighting>(), ttl: { afterMs: hours(1) } })
  const flights = app.setTable('flights', { key: string(), member: string() })
  const altitudes = app.timestampedTable('altitudes', { key: string(), value: json<number>(), graceMs: hours(24) })
  const routes = app.versionedTable('routes', { key: string(), value: json<Sighting>(), historyMs: hours(48) })
  // #endregion kinds

  // #region global
  const names = app.topic('airport-names', {
    key: string(),
    value: string(),
    partitions: 2,
    configs: { 'cleanup.policy': 'compact' },
  })
  const airports = app.globalTable('airports', names)

  const texts = app.topic('texts', { key: string(), value: string(), partitions: 2 })
  app.handler(
    'announce',
    { source: sightings, tables: { airports }, sinks: [texts] },
    async ({ flight }, { key }, tables) => `${flight} was seen at ${(await tables.airports.get(key)) ?? key}`,
  )
  // #endregion global

  // #region handler
  app.handler(
    'watch',
    { source: sightings, tables: { last, flights, altitudes, routes } },
    async (sighting, { key: airport }, tables) => {
      tables.last.set(airport, sighting, sighting.altitude === 0 ? { ttlMs: null } : {})
      tables.flights.add(airport, sighting.flight)
      await tables.altitudes.put(airport, sighting.altitude)
      tables.routes.put(airport, sighting)
    },
  )
  // #endregion handler

  return { app, sightings, last, flights, altitudes, routes, names, airports, texts }
}

// #region committed
/** What is known of an airport, for a page that shows it. */
export async function report(
  { last, flights, altitudes, routes }: ReturnType<typeof tower>,
  airport: string,
  atMs: number,
) {
  const landed: string[] = []
  for await (const flight of flights.committed.members(airport, { limit: 10 })) landed.push(flight)
  return {
    last: await last.committed.get(airport),
    flights: landed,
    altitude: (await altitudes.committed.latest(airport, { atMs }))?.value,
    then: await routes.committed.get(airport, { asOf: atMs }),
  }
}
// #endregion committed
