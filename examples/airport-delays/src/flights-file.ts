import { readFileSync } from 'node:fs'
import type { Flight } from './flight.ts'

/** The 20,000 flights of the package vega-datasets, in the order of their departures. */
export function readFlights(): readonly Flight[] {
  const file = new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets'))
  return JSON.parse(readFileSync(file, 'utf8')) as Flight[]
}
