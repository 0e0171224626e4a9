import { freePorts } from './free-port.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import type { Listener } from './listener.ts'
import type { LocalNode } from './local-node.ts'
import { prepareNode } from './prepare-node.ts'
import { featureArgs } from './start-kafka.ts'

/** How a cluster differs from the harness's defaults. */
export interface StartKafkaClusterOptions {
  /** Three have a controller of their own beside them, copies of every partition on all of them, and need two in sync. @default 3 */
  readonly brokers?: 1 | 3
  /** Settings of `server.properties` of every node; they win over the harness's own. */
  readonly config?: Readonly<Record<string, string>>
  /** Feature level `transaction.version`: 2 speaks KIP-890, 0 and 1 the classic protocol. @default Kafka's default, 2 */
  readonly transactionVersion?: 0 | 1 | 2
  /** Heap of every broker in MiB. @default 256 */
  readonly heapMib?: number
  /** Listeners of every broker that send clients to another port than their own; see `KafkaNode.detours`. @default 0 */
  readonly detours?: number
}

const controllerId = 100

/**
 * Starts brokers on loopback of which each is a process of its own, and resolves when clients can use all of them. They end
 * with this process at the latest. Always a cluster of its own: `KAFKA_BROKERS` does not count.
 */
export async function startKafkaCluster(options: StartKafkaClusterOptions = {}): Promise<KafkaCluster> {
  const count = options.brokers ?? 3
  const detours = options.detours ?? 0
  const ports = await freePorts(1 + count * (1 + 2 * detours))
  const next = (): number => ports.pop() as number
  const isAlone = count === 1
  const controller = { nodeId: isAlone ? 1 : controllerId, port: next() }
  const shared = {
    controller,
    replicas: count,
    config: options.config ?? {},
    formatArgs: featureArgs(options.transactionVersion),
  }
  const prepareBroker = (nodeId: number): Promise<LocalNode> =>
    prepareNode({
      ...shared,
      nodeId,
      roles: isAlone ? ['broker', 'controller'] : ['broker'],
      listeners: [
        { name: 'PLAINTEXT', protocol: 'PLAINTEXT', port: next() },
        ...Array.from({ length: detours }, (_, at): Listener => {
          return { name: `DETOUR${at}`, protocol: 'PLAINTEXT', port: next(), advertisedPort: next() }
        }),
      ],
      heapMib: options.heapMib ?? 256,
    })
  const brokers = await Promise.all(Array.from({ length: count }, (_, at) => prepareBroker(at + 1)))
  const alone = { ...shared, nodeId: controllerId, roles: ['controller'] as const, listeners: [], heapMib: 128 }
  const cluster = new KafkaCluster(brokers, isAlone ? undefined : await prepareNode(alone))
  try {
    await cluster.start()
    return cluster
  } catch (error) {
    await cluster.close()
    throw error
  }
}
