import { isDeepStrictEqual } from 'node:util'
import type { Expected } from './expected.ts'
import { type Airport, type Flight, noFlights } from './flight.ts'

/** What the app has come to. Records are in the order of their partition. */
export interface Found {
  readonly table: ReadonlyMap<string, Airport>
  readonly airports: readonly (readonly [origin: string | null, Airport | null])[]
  readonly longDelays: readonly (readonly [origin: string | null, Flight | null])[]
}

/** Every difference between what was expected and what was found, a sentence each. */
export function differences(expected: Expected, found: Found): readonly string[] {
  return [
    ...tableDifferences(expected, found),
    ...changeDifferences(expected, found),
    ...longDifferences(expected, found),
  ]
}

function tableDifferences({ airports }: Expected, { table }: Found): readonly string[] {
  const names = [...new Set([...airports.keys(), ...table.keys()])]
  return names
    .filter((name) => !isDeepStrictEqual(airports.get(name), table.get(name)))
    .map(
      (name) => `table, ${name}: ${JSON.stringify(table.get(name))} instead of ${JSON.stringify(airports.get(name))}`,
    )
}

/**
 * Flights of an airport may overtake each other on their way from four partitions into one, so the changes are undone one by one: row after
 * row tells which delay was added, and together these have to be the delays of all flights from there, each of them once.
 */
function changeDifferences({ flights }: Expected, { airports }: Found): readonly string[] {
  const added: string[] = []
  const problems: string[] = []
  const last = new Map<string, Airport>()
  for (const [origin, airport] of airports) {
    if (origin === null || airport === null) {
      problems.push(`airports: a record without ${origin === null ? 'a key' : 'a value'}`)
      continue
    }
    const before = last.get(origin) ?? noFlights
    const delay = airport.totalDelay - before.totalDelay
    const isNext =
      airport.flights === before.flights + 1 &&
      airport.worstDelay === Math.max(before.worstDelay, delay) &&
      airport.meanDelay === airport.totalDelay / airport.flights
    if (!isNext) problems.push(`airports, ${origin}: ${JSON.stringify(airport)} after ${JSON.stringify(before)}`)
    last.set(origin, airport)
    added.push(`${origin}, a delay of ${delay}`)
  }
  const wanted = flights.map(({ origin, delay }) => `${origin}, a delay of ${delay}`)
  return [...problems, ...countDifferences('airports', wanted, added)]
}

function longDifferences({ longDelays }: Expected, found: Found): readonly string[] {
  const wanted = longDelays.map((flight) => JSON.stringify([flight.origin, flight]))
  return countDifferences(
    'long delays',
    wanted,
    found.longDelays.map((record) => JSON.stringify(record)),
  )
}

/** The same things, each as often. */
function countDifferences(where: string, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const thing of wanted) counts.set(thing, (counts.get(thing) ?? 0) + 1)
  for (const thing of found) counts.set(thing, (counts.get(thing) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([thing, count]) => `${where}, ${thing}: ${Math.abs(count)} ${count > 0 ? 'missing' : 'too many'}`)
}
