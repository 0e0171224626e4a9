import type { Airport } from './flight.ts'

const shown = 12
const leastFlights = 50

/** The airports where one waited longest, as lines of a table. */
export function worstAirports(airports: ReadonlyMap<string, Airport>): readonly string[] {
  const worst = [...airports]
    .filter(([, { flights }]) => flights >= leastFlights)
    .toSorted(([, one], [, other]) => other.meanDelay - one.meanDelay)
    .slice(0, shown)
  return [
    'airport  flights  mean delay  worst  total',
    ...worst.map(([name, { flights, meanDelay, worstDelay, totalDelay }]) =>
      [
        name.padEnd(7),
        String(flights).padStart(7),
        `${meanDelay.toFixed(1)} min`.padStart(10),
        String(worstDelay).padStart(5),
        String(totalDelay).padStart(5),
      ].join('  '),
    ),
    `(${worst.length} of ${airports.size} airports, those with ${leastFlights} flights or more)`,
  ]
}
