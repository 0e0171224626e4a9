import { afterAll, beforeAll, describe } from 'vitest'
import { type Cluster, kafkaCluster, MemoryCluster, ownKafkaCluster, rdkafkaCluster } from '../cluster/index.ts'
import type { StoreKind } from '../stores/index.ts'

/** Cases that run on any cluster; asked for it when they run. */
export type Cases = (cluster: () => Cluster) => void

/** Registers the cases on an embedded log of their own, with the store that the environment asks for unless one is given. */
export function onMemory(topic: string, cases: Cases, storeKind?: StoreKind): void {
  const cluster = new MemoryCluster({}, storeKind)
  const where = storeKind === undefined ? 'the embedded log' : `the embedded log and ${storeKind}`
  describe(`${topic}, on ${where}`, () => cases(() => cluster))
}

/** Registers the cases on the Kafka broker of this run. */
export function onKafka(topic: string, cases: Cases): void {
  onBroker(topic, cases, kafkaCluster)
}

/** Registers the cases on the Kafka broker of this run, reached through librdkafka. */
export function onRdkafka(topic: string, cases: Cases): void {
  onBroker(`${topic}, through librdkafka`, cases, rdkafkaCluster)
}

/** Registers the cases on a Kafka broker of their own, which they may take away. */
export function onOwnKafka(topic: string, cases: Cases): void {
  onBroker(topic, cases, ownKafkaCluster)
}

function onBroker(topic: string, cases: Cases, start: () => Promise<Cluster>): void {
  describe(`${topic}, on Kafka`, () => {
    let cluster: Cluster
    beforeAll(async () => {
      cluster = await start()
    })
    afterAll(() => cluster.close())
    cases(() => cluster)
  })
}
