// Needs node-rdkafka's binary, and a real Apache Kafka 4.x of its own, which is stopped for moments: the harness starts one.
import { transportConformance } from '@stream/conformance'
import { type KafkaBroker, startKafka } from '@stream-internal/kafka-harness'
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest'
import { rdkafka } from '../src/index.ts'
import { leaveOpen } from './leave-open.ts'
import { untilCompacted } from './until-compacted.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafka()
})
afterAll(() => broker.close())

transportConformance(
  { describe, it, beforeEach, afterEach },
  {
    name: 'rdkafka',
    open: () => rdkafka({ brokers: broker.brokers }),
    timing: {
      sessionTimeoutMs: 2000,
      heartbeatIntervalMs: 100,
      rebalanceTimeoutMs: 4000,
      quietMs: 300,
      patienceMs: 15_000,
    },
    outage: {
      begin: async () => broker.pause(),
      end: async () => broker.resume(),
    },
    compact: (topic) => untilCompacted(broker.brokers, topic),
    leaveOpen: (transactionalId, request) => leaveOpen(broker.brokers, transactionalId, request),
  },
)
