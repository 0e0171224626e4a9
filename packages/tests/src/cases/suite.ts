import { afterAll, beforeAll, describe } from 'vitest'
import { type Cluster, kafkaCluster, MemoryCluster, ownKafkaCluster } from '../cluster/index.ts'

/** Cases that run on any cluster; asked for it when they run. */
export type Cases = (cluster: () => Cluster) => void

/** Registers the cases on an embedded log of their own. */
export function onMemory(topic: string, cases: Cases): void {
  const cluster = new MemoryCluster()
  describe(`${topic}, on the embedded log`, () => cases(() => cluster))
}

/** Registers the cases on the Kafka broker of this run. */
export function onKafka(topic: string, cases: Cases): void {
  onBroker(topic, cases, kafkaCluster)
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
