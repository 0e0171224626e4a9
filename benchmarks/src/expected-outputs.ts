import { readFileSync } from 'node:fs'
import { flightsFile } from './flights-file.ts'
import type { Flight } from './program/index.ts'

/** How many records a job must write: a program that is fast because it forgets some is found out. */
export type Outputs = 'none' | 'delayed' | 'every'

/** The number of outputs for an input of that many flights. */
export function expectedOutputs(outputs: Outputs, records: number): number {
  if (outputs === 'none') return 0
  if (outputs === 'every') return records
  const flights = JSON.parse(readFileSync(flightsFile, 'utf8')) as readonly Flight[]
  const delayedAmong = (count: number): number => flights.slice(0, count).filter((flight) => flight.delay > 0).length
  return Math.floor(records / flights.length) * delayedAmong(flights.length) + delayedAmong(records % flights.length)
}
