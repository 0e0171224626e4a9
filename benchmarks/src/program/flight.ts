/** A record of the input. */
export interface Flight {
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
  /** Its place in the input, from 0. */
  readonly number: number
}

/** A row of the table: how many flights of a key, and their delays in minutes together. */
export interface Delay {
  readonly flights: number
  readonly minutes: number
}
