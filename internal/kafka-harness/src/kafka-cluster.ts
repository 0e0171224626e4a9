import { setTimeout as delay } from 'node:timers/promises'
import { limitClient } from './client-quotas.ts'
import type { KafkaNode } from './kafka-broker.ts'
import type { LocalNode } from './local-node.ts'
import { deleteTopic, makeLeader, type PartitionPlace, placeOf } from './partition-leaders.ts'
import { type CoordinatedKind, coordinatorOf } from './probe.ts'

/** Partitions of each of Kafka's internal topics, as the harness sets them. */
const internalPartitions = 4
const withinMs = 15_000

/** Several brokers that this process started, of which each can be stopped, killed, paused and restarted alone. */
export class KafkaCluster {
  readonly nodes: readonly KafkaNode[]
  readonly #brokers: readonly LocalNode[]
  readonly #controller: LocalNode | undefined

  /** Takes nodes that are formatted; a controller of its own where no broker is one. */
  constructor(brokers: readonly LocalNode[], controller: LocalNode | undefined) {
    this.nodes = brokers
    this.#brokers = brokers
    this.#controller = controller
  }

  /** Bootstrap addresses, `host:port`, of all brokers. They stay the same over restarts. */
  get brokers(): readonly string[] {
    return this.nodes.flatMap(({ brokers }) => brokers)
  }

  /** Starts all nodes at once and waits until every broker is ready. */
  async start(): Promise<void> {
    await this.#controller?.launch()
    for (const broker of this.#brokers) await broker.launch()
    await Promise.all(this.#brokers.map((broker) => broker.untilReady()))
  }

  node(nodeId: number): KafkaNode {
    const found = this.nodes.find((one) => one.nodeId === nodeId)
    if (found === undefined) throw new Error(`no broker ${nodeId} in this cluster`)
    return found
  }

  /** Asks one of the brokers that run; waits until the partition has a leader. */
  async placeOf(topic: string, partition: number): Promise<PartitionPlace> {
    return this.#eventually(`a leader of ${topic}-${partition}`, async (port) => {
      const place = await placeOf(port, topic, partition)
      return place === undefined || place.leader < 0 ? undefined : place
    })
  }

  /** Resolves when all replicas of the partition are in sync. */
  async untilInSync(topic: string, partition: number): Promise<void> {
    await this.#eventually(`all replicas of ${topic}-${partition} in sync`, async (port) => {
      const place = await placeOf(port, topic, partition)
      return place === undefined || place.inSync.length < place.replicas.length ? undefined : place
    })
  }

  /** Broker id of a coordinator; waits until there is one. */
  async coordinatorOf(kind: CoordinatedKind, key: string): Promise<number> {
    return this.#eventually(`a coordinator of ${kind} ${key}`, (port) => coordinatorOf(port, kind, key))
  }

  /** Makes another broker lead the partition, as an operator who balances a cluster; it must hold a replica. */
  async moveLeader(topic: string, partition: number, toNodeId: number): Promise<void> {
    await makeLeader(this.#askable().port, topic, partition, toNodeId)
  }

  /** Makes another broker the coordinator of a group or a transactional id, and of others that share its partition. */
  async moveCoordinator(kind: CoordinatedKind, key: string, toNodeId: number): Promise<void> {
    const topic = kind === 'group' ? '__consumer_offsets' : '__transaction_state'
    await this.moveLeader(topic, internalPartitionOf(key), toNodeId)
    await this.#eventually(`broker ${toNodeId} as the coordinator of ${kind} ${key}`, async (port) => {
      return (await coordinatorOf(port, kind, key)) === toNodeId ? true : undefined
    })
  }

  /** Lets a client produce only so much; what is more, the brokers delay. */
  async limitProducer(clientId: string, bytesPerSecond: number): Promise<void> {
    await limitClient(this.#askable().port, clientId, { producer_byte_rate: bytesPerSecond })
  }

  /** Deletes a topic, and resolves when no broker that is asked knows it any more. */
  async deleteTopic(topic: string): Promise<void> {
    await deleteTopic(this.#askable().port, topic)
    await this.#eventually(`topic ${topic} gone`, async (port) => {
      return (await placeOf(port, topic, 0)) === undefined ? true : undefined
    })
  }

  /** The last lines of every node's log. */
  logTail(lines: number = 20): string {
    return this.nodes.map((node) => `broker ${node.nodeId}:\n${node.logTail(lines)}`).join('\n')
  }

  /** Kills all nodes and removes their directories. Safe to call twice. */
  async close(): Promise<void> {
    await Promise.all([...this.#brokers, ...(this.#controller ? [this.#controller] : [])].map((node) => node.close()))
  }

  #askable(): KafkaNode {
    const found = this.nodes.find(({ pid, isPaused }) => pid !== undefined && !isPaused)
    if (found === undefined) throw new Error('no broker of this cluster runs')
    return found
  }

  async #eventually<T>(what: string, ask: (port: number) => Promise<T | undefined>): Promise<T> {
    const deadlineMs = performance.now() + withinMs
    for (;;) {
      const found = await ask(this.#askable().port)
      if (found !== undefined) return found
      if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}\n${this.logTail()}`)
      await delay(50)
    }
  }
}

/** Where Kafka keeps a group or a transactional id: the hash of Java's strings, without its sign. */
function internalPartitionOf(key: string): number {
  let hash = 0
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % internalPartitions
}
