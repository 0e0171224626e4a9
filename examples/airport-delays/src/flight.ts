/** A flight, as the file has it. */
export interface Flight {
  /** Local time of departure, `2001/01/01 00:47`. */
  readonly date: string
  /** Minutes; negative where it arrived early. */
  readonly delay: number
  /** Miles. */
  readonly distance: number
  /** Airport code, such as `SFO`. */
  readonly origin: string
  readonly destination: string
}

/** What is known of the flights from one airport. Delays are in minutes. */
export interface Airport {
  readonly flights: number
  readonly totalDelay: number
  readonly worstDelay: number
  readonly meanDelay: number
}

/** An airport no flight has left from. */
export const noFlights: Airport = { flights: 0, totalDelay: 0, worstDelay: Number.MIN_SAFE_INTEGER, meanDelay: 0 }

/** The airport with one flight more. */
export function withFlight(airport: Airport, { delay }: Flight): Airport {
  const flights = airport.flights + 1
  const totalDelay = airport.totalDelay + delay
  const worstDelay = Math.max(airport.worstDelay, delay)
  return { flights, totalDelay, worstDelay, meanDelay: totalDelay / flights }
}
