import { Cluster, KafkajsClient } from '../src/connection/index.ts'

/** The package's own connections, to say things to the broker that a well-behaved client never would. */
export function rawCluster(brokers: readonly string[]): Cluster {
  const seeds = brokers.map((broker) => {
    const at = broker.lastIndexOf(':')
    return { host: broker.slice(0, at), port: Number(broker.slice(at + 1)) }
  })
  const client = new KafkajsClient({ brokers: [...brokers], clientId: 'raw' }, () => {})
  return new Cluster({
    client,
    seeds,
    connectionTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    log: () => {},
    onClose: () => {},
  })
}
