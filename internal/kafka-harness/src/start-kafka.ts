import { externalCluster } from './external-cluster.ts'
import { freePorts } from './free-port.ts'
import type { KafkaBroker } from './kafka-broker.ts'
import { prepareNode } from './prepare-node.ts'

/** How the node differs from the harness's defaults. */
export interface StartKafkaOptions {
  /** Settings of `server.properties`; they win over the harness's own. */
  readonly config?: Readonly<Record<string, string>>
  /** Feature level `transaction.version`: 2 speaks KIP-890, 0 and 1 the classic protocol. @default Kafka's default, 2 */
  readonly transactionVersion?: 0 | 1 | 2
  /** Heap of the node in MiB. @default 512 */
  readonly heapMib?: number
  /** More arguments for the Java machine. @default quick start: serial collector, first compiler tier only */
  readonly jvmArgs?: readonly string[]
}

/**
 * Starts one KRaft node on loopback, with its data in a temporary directory, and resolves when clients can use it. It ends
 * with this process at the latest. Where the environment variable `KAFKA_BROKERS` is set, that cluster is returned instead,
 * and the options do not count.
 *
 * Defaults made for tests: 4 partitions, no automatic topics, sessions from 100 ms, compaction and retention checked all the
 * time, internal topics of 4 partitions without replicas.
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<KafkaBroker> {
  const external = process.env.KAFKA_BROKERS
  if (external) return externalCluster(external, 'KAFKA_BROKERS')
  const [clientPort, controllerPort] = (await freePorts(2)) as [number, number]
  const node = await prepareNode({
    nodeId: 1,
    roles: ['broker', 'controller'],
    listeners: [{ name: 'PLAINTEXT', protocol: 'PLAINTEXT', port: clientPort }],
    controller: { nodeId: 1, port: controllerPort },
    replicas: 1,
    config: options.config ?? {},
    heapMib: options.heapMib ?? 512,
    jvmArgs: options.jvmArgs,
    formatArgs: featureArgs(options.transactionVersion),
  })
  try {
    await node.start()
    return node
  } catch (error) {
    await node.close()
    throw error
  }
}

/** Arguments of the formatting tool for a feature level. */
export function featureArgs(transactionVersion: 0 | 1 | 2 | undefined): string[] {
  return transactionVersion === undefined ? [] : ['--feature', `transaction.version=${transactionVersion}`]
}
