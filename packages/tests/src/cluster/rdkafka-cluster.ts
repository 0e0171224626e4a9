import { kafkajs } from '@stream/transport-kafkajs'
import { rdkafka } from '@stream/transport-rdkafka'
import { sharedKafka } from '@stream-internal/kafka-harness'
import { Cluster } from './cluster.ts'

/** The broker that all test files of a run share, through librdkafka; configs and record deletion, which it lacks, through kafkajs. */
export async function rdkafkaCluster(): Promise<Cluster> {
  const broker = await sharedKafka()
  return new Cluster({
    name: 'kafka',
    connect: () => rdkafka({ brokers: broker.brokers }),
    admin: () => kafkajs({ brokers: broker.brokers }),
    close: () => broker.close(),
  })
}
