import { fileURLToPath } from 'node:url'

/** File of the 20,000 flights that the inputs are made of. */
export const flightsFile: string = fileURLToPath(
  new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets')),
)
