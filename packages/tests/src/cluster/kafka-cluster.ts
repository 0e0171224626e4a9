import { kafkajs } from '@stream/transport-kafkajs'
import { sharedKafka, startKafka } from '@stream-internal/kafka-harness'
import { Cluster } from './cluster.ts'

/** The broker that all test files of a run share. */
export async function kafkaCluster(): Promise<Cluster> {
  const broker = await sharedKafka()
  return new Cluster({
    name: 'kafka',
    connect: () => kafkajs({ brokers: broker.brokers }),
    close: () => broker.close(),
  })
}

/** A broker of the test's own, which can be taken away and brought back. */
export async function ownKafkaCluster(): Promise<Cluster> {
  const broker = await startKafka()
  return new Cluster({
    name: 'kafka',
    connect: () => kafkajs({ brokers: broker.brokers, connectionTimeoutMs: 2_000, requestTimeoutMs: 5_000 }),
    beginOutage: () => broker.kill(),
    endOutage: () => broker.restart(),
    close: () => broker.close(),
  })
}
