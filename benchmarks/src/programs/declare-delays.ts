import { type App, json, string } from '@stream/core'
import type { Delay, Flight, ProgramSettings } from '../program/index.ts'

/** Count and sum per key in a table, every update an output. */
export function declareDelays(app: App, settings: ProgramSettings): void {
  const flights = app.topic(settings.input, { key: string(), value: json<Flight>() })
  const output = app.topic(settings.output, { key: string(), value: json<Delay>() })
  const delays = app.table('delays', {
    key: string(),
    value: json<Delay>(),
    default: () => ({ flights: 0, minutes: 0 }),
  })
  app.agent('delays', { source: flights, tables: { delays }, outputs: [output] }, async (stream, tables) => {
    for await (const event of stream.events()) {
      const value = await tables.delays.update(event.key, (delay) => ({
        flights: delay.flights + 1,
        minutes: delay.minutes + event.value.delay,
      }))
      event.send(output, { key: event.key, value })
    }
  })
}
