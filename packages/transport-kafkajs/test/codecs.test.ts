// Needs a real Apache Kafka 4.x: the harness starts one, or KAFKA_BROKERS names one. Where a topic has another codec than its producer, the
// broker unpacks batches and packs them anew, so Java reads what is written here, and what is read here was written by Java.
import type { Admin, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetch } from '../src/requests/index.ts'
import { KafkaFixture, readAll, readerOptions, record, recordsOf, text } from './kafka-fixture.ts'
import { rawCluster } from './raw-cluster.ts'

const numbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
type Codec = keyof typeof numbers
const pairs: readonly (readonly [ours: Codec, java: Codec])[] = [
  ['gzip', 'snappy'],
  ['snappy', 'lz4'],
  ['lz4', 'zstd'],
  ['zstd', 'gzip'],
]

describe('compressed batches', () => {
  let kafka: KafkaFixture
  let transport: Transport
  let admin: Admin

  beforeAll(async () => {
    kafka = await KafkaFixture.start()
    transport = await kafka.transport()
    admin = transport.admin()
  })
  afterAll(() => kafka.close())

  /** The codec in the attributes of the first batch. */
  async function codecOf(topic: string): Promise<number> {
    const raw = rawCluster(kafka.broker.brokers)
    const { led } = await raw.byLeader([{ topic, partition: 0 }])
    const [nodeId] = led.keys()
    const answer = await raw.sendTo(
      nodeId as number,
      fetch({
        positions: [{ topic, partition: 0, offset: 0 }],
        isolation: 'read_uncommitted',
        maxWaitMs: 100,
        maxBytes: 1 << 20,
        maxPartitionBytes: 1 << 20,
      }),
    )
    raw.close()
    return (answer.partitions[0]?.records.readInt16BE(21) ?? 0) & 7
  }

  it.each(pairs)('by %s are understood by Java, and those that Java compressed by %s here', async (ours, java) => {
    const values = Array.from({ length: 3000 }, (_, i) => `value ${i} `.repeat(20))
    const producing = await kafka.transport({ compression: ours })
    const producer = producing.producer({ deliveryTimeoutMs: 20_000 })
    for (const [compression, codec] of [
      ['producer', ours],
      [java, java],
    ] as const) {
      const topic = await kafka.topic(admin, 1, { 'compression.type': compression })
      await producer.send([{ topic, partition: 0, records: values.map((value) => record(null, value)) }])
      expect(await codecOf(topic)).toBe(numbers[codec])
      const read = recordsOf(await readAll(transport.reader(readerOptions), { topic, partition: 0 }))
      expect(read.map((one) => text(one.value))).toEqual(values)
    }
  })
})
