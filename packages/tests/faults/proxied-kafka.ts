import { FaultProxy, type HiddenVersions } from '@stream-internal/fault-proxy'
import { type KafkaCluster, startKafkaCluster } from '@stream-internal/kafka-harness'

/** A broker that is reached by a proxy, and one more that stands for an older broker. */
export interface ProxiedKafka {
  readonly cluster: KafkaCluster
  /** By protocol of transactions: as the broker is, and without KIP-890. */
  readonly proxies: Readonly<Record<TransactionProtocol, FaultProxy>>
  close(): Promise<void>
}

/** How transactions are spoken: with an epoch of their own each (KIP-890), or as before. */
export type TransactionProtocol = 'new' | 'classic'

/** What a broker of Kafka 3.9 has of transactions. */
const beforeKip890: HiddenVersions = {
  apis: { Produce: 11, AddPartitionsToTxn: 5, AddOffsetsToTxn: 4, TxnOffsetCommit: 4, EndTxn: 4, InitProducerId: 5 },
  features: { 'transaction.version': 0 },
}

/** For hooks that start brokers: on a machine that does much else, four Java machines take their time. */
export const startWithinMs = 150_000

/** Starts brokers with a proxy in front for each protocol; their third detour is left to the test. */
export async function startProxiedKafka(brokers: 1 | 3 = 1): Promise<ProxiedKafka> {
  const cluster = await startKafkaCluster({ brokers, detours: 3 })
  const proxies = {
    new: await FaultProxy.start({ nodes: cluster.nodes, detour: 0 }),
    classic: await FaultProxy.start({ nodes: cluster.nodes, detour: 1, hidden: beforeKip890 }),
  }
  return {
    cluster,
    proxies,
    close: async () => {
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await cluster.close()
    },
  }
}
