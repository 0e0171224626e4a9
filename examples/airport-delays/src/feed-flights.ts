import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@stream/core'
import type { OutRecord, Transport } from '@stream/core/adapter'
import type { Flight } from './flight.ts'

const flightsPerSecond = 5_000
const flightsAtOnce = 250

/** Sends the flights into their topic, as a program outside of the app would, at a pace at which one can watch. */
export async function feedFlights(
  transport: Transport,
  topic: Topic<string, Flight>,
  flights: readonly Flight[],
): Promise<void> {
  const { partitions = 1 } = topic
  const producer = transport.producer({ deliveryTimeoutMs: 30_000 })
  const startedAtMs = performance.now()
  for (let from = 0; from < flights.length; from += flightsAtOnce) {
    const batches: OutRecord[][] = Array.from({ length: partitions }, () => [])
    for (const [index, flight] of flights.slice(from, from + flightsAtOnce).entries()) {
      const timestamp = departureMs(flight)
      // Flights have no key: they go round.
      batches[index % partitions]?.push({ key: null, value: topic.value.serialize(flight), timestamp })
    }
    const sent = await producer.send(batches.map((records, partition) => ({ topic: topic.name, partition, records })))
    for (const { error } of sent) if (error !== undefined) throw error
    const dueMs = ((from + flightsAtOnce) / flightsPerSecond) * 1_000
    await sleep(Math.max(0, startedAtMs + dueMs - performance.now()))
  }
  await producer.close()
}

/** When a flight left, in milliseconds since 1970; the file knows no time zones, so neither does this. */
export function departureMs({ date }: Flight): number {
  return Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`)
}
