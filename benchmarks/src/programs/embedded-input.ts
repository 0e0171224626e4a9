import { readFileSync } from 'node:fs'
import type { OutRecord } from '@stream/core/adapter'
import { MemoryLog, memory } from '@stream/transport-memory'
import { Partitioners } from 'kafkajs'
import { flightsFile } from '../flights-file.ts'
import type { Flight } from '../program/index.ts'

const partitions = 4
const recordsPerSend = 1_000

/** An embedded log with a topic of that many flights, keyed by their origin or as told. */
export async function embeddedInput(
  topic: string,
  records: number,
  keyOf: (origin: string, number: number) => string = (origin) => origin,
): Promise<MemoryLog> {
  const log = new MemoryLog()
  log.createTopic({ name: topic, partitions, configs: { 'retention.ms': '-1' } })
  const transport = memory({ log })
  await transport.open({ log: () => undefined })
  const producer = transport.producer({ deliveryTimeoutMs: 60_000 })
  const partitionOf = partitionsByKey(topic)
  const flights = JSON.parse(readFileSync(flightsFile, 'utf8')) as readonly Omit<Flight, 'number'>[]
  let batches: OutRecord[][] = Array.from({ length: partitions }, () => [])
  for (let number = 0; number < records; number++) {
    const flight = flights[number % flights.length]!
    const value = Buffer.from(JSON.stringify({ ...flight, number }))
    const key = keyOf(flight.origin, number)
    batches[partitionOf(key)]!.push({ key: Buffer.from(key), value, timestamp: Date.now() })
    if ((number + 1) % recordsPerSend !== 0 && number + 1 < records) continue
    await producer.send(batches.map((rows, partition) => ({ topic, partition, records: rows })).filter(isFilled))
    batches = Array.from({ length: partitions }, () => [])
  }
  await transport.close()
  return log
}

function isFilled({ records }: { readonly records: readonly OutRecord[] }): boolean {
  return records.length > 0
}

/** Places keys as Kafka's clients do, by murmur2. */
function partitionsByKey(topic: string): (key: string) => number {
  const place = Partitioners.DefaultPartitioner()
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [0],
    isr: [0],
  }))
  const known = new Map<string, number>()
  return (key) => {
    let partition = known.get(key)
    if (partition === undefined) {
      partition = place({ topic, partitionMetadata, message: { key, value: null } })
      known.set(key, partition)
    }
    return partition
  }
}
