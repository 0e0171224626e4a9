import { describeThrown, StreamError, type TopicPartition } from '@stream/core/adapter'
import {
  type ApiVersionsAnswer,
  apiVersions,
  type BrokerAddress,
  byTopic,
  findCoordinator,
  metadata,
  type TopicMetadata,
} from '../requests/index.ts'
import type { WireRequest } from '../wire/index.ts'
import { BrokerConnection, type ConnectionTimeouts } from './broker-connection.ts'
import { brokerCodes, brokerError } from './broker-errors.ts'
import type { KafkajsClient } from './kafkajs-internals.ts'

/** What every cluster of one transport shares. */
export interface ClusterSettings extends ConnectionTimeouts {
  readonly client: KafkajsClient
  readonly seeds: readonly { readonly host: string; readonly port: number }[]
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  readonly onClose: () => void
}

/** The connection for requests that are answered at once. */
const controlLane = 0

/**
 * One role's view of the brokers, with connections of its own: a broker answers one request after the other per connection, so a
 * parked fetch or join would hold up everybody who shared it. A lane is one of several connections to the same broker; what may be
 * parked has a lane of its own.
 */
export class Cluster {
  private readonly settings: ClusterSettings
  private readonly addresses: Map<number, BrokerAddress> = new Map()
  private readonly connections: Map<string, Promise<BrokerConnection>> = new Map()
  private readonly topics: Map<string, TopicMetadata> = new Map()
  private readonly coordinators: Map<string, number> = new Map()
  private readonly refreshes: Map<string, Promise<readonly TopicMetadata[]>> = new Map()
  private isClosed = false

  constructor(settings: ClusterSettings) {
    this.settings = settings
  }

  /** To any broker. Rejects with `STREAM_BROKER_UNAVAILABLE`, naming all of them, where none can be reached. */
  async sendAny<T>(request: WireRequest<T>): Promise<T> {
    return (await this.anyConnection()).send(request)
  }

  async sendTo<T>(nodeId: number, request: WireRequest<T>, lane: number = controlLane): Promise<T> {
    return (await this.connection(nodeId, lane)).send(request)
  }

  /** To the coordinator; the caller says {@link forgetCoordinator} when the answer shows that it moved. */
  async sendToCoordinator<T>(
    kind: 'group' | 'transaction',
    key: string,
    request: WireRequest<T>,
    lane: number = controlLane,
  ): Promise<T> {
    const nodeId = this.coordinators.get(`${kind}/${key}`) ?? (await this.lookUpCoordinator(kind, key))
    try {
      return await this.sendTo(nodeId, request, lane)
    } catch (error) {
      this.forgetCoordinator(kind, key)
      throw error
    }
  }

  forgetCoordinator(kind: 'group' | 'transaction', key: string): void {
    this.coordinators.delete(`${kind}/${key}`)
  }

  /** Asks for brokers and leaders anew. Concurrent calls for the same topics share one request. */
  refresh(topics: readonly string[]): Promise<readonly TopicMetadata[]> {
    const key = topics.join('\n')
    const under = this.refreshes.get(key)
    if (under !== undefined) return under
    const refresh = this.askMetadata(topics).finally(() => this.refreshes.delete(key))
    this.refreshes.set(key, refresh)
    return refresh
  }

  /** The broker that leads a partition, as last heard; undefined where there is none or it was never asked. */
  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.topics.get(topic)?.leaders[partition]
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** Why a partition has no leader, as last heard: a code to give up on, to give up on after a while (3), or to wait for (5). */
  whyLeaderless({ topic, partition }: TopicPartition): number {
    const known = this.topics.get(topic)
    if (known === undefined) return brokerCodes.leaderNotAvailable
    if (known.error !== brokerCodes.none) return known.error
    const isThere = partition < known.leaders.length
    return isThere ? brokerCodes.leaderNotAvailable : brokerCodes.unknownTopicOrPartition
  }

  /** Groups partitions by their leader, asking for those that are not known. */
  async byLeader<T extends TopicPartition>(
    partitions: readonly T[],
  ): Promise<{ led: ReadonlyMap<number, readonly T[]>; leaderless: readonly T[] }> {
    const unknown = partitions.filter((one) => this.leaderOf(one.topic, one.partition) === undefined)
    if (unknown.length > 0) await this.refresh(byTopic(unknown).map((group) => group.topic))
    const led = new Map<number, T[]>()
    const leaderless: T[] = []
    for (const one of partitions) {
      const leader = this.leaderOf(one.topic, one.partition)
      if (leader === undefined) leaderless.push(one)
      else if (led.get(leader)?.push(one) === undefined) led.set(leader, [one])
    }
    return { led, leaderless }
  }

  /** The versions and features of a broker. */
  async features(): Promise<ApiVersionsAnswer> {
    return this.sendAny(apiVersions())
  }

  /** Ends all connections at once; requests under way are rejected. Idempotent. */
  close(): void {
    this.isClosed = true
    const reason = closedError()
    for (const pending of this.connections.values()) {
      pending.then(
        (connection) => connection.close(reason),
        () => {},
      )
    }
    this.connections.clear()
    this.settings.onClose()
  }

  private async askMetadata(topics: readonly string[]): Promise<readonly TopicMetadata[]> {
    const answer = await this.sendAny(metadata(topics))
    this.addresses.clear()
    for (const address of answer.brokers) this.addresses.set(address.nodeId, address)
    for (const topic of answer.topics) this.topics.set(topic.name, topic)
    return answer.topics
  }

  private async lookUpCoordinator(kind: 'group' | 'transaction', key: string): Promise<number> {
    const answer = await this.sendAny(findCoordinator(kind, key))
    if (answer.error !== brokerCodes.none) {
      const place = kind === 'group' ? { group: key } : { transactionalId: key }
      throw brokerError(answer.error, `The coordinator of ${kind} ${key} is not known`, place, {
        said: answer.message,
        needs: kind === 'group' ? 'Read' : 'Write',
      })
    }
    this.addresses.set(answer.address.nodeId, answer.address)
    this.coordinators.set(`${kind}/${key}`, answer.address.nodeId)
    return answer.address.nodeId
  }

  private async connection(nodeId: number, lane: number): Promise<BrokerConnection> {
    const address = this.addresses.get(nodeId)
    if (address === undefined) {
      await this.askMetadata([])
      if (!this.addresses.has(nodeId))
        throw brokerError(brokerCodes.leaderNotAvailable, `Broker ${nodeId} is not there`)
      return this.connection(nodeId, lane)
    }
    return this.open(`${address.host}:${address.port}/${lane}`, address.host, address.port)
  }

  /** Single-flight: kafkajs opens a socket for every caller that finds none. */
  private async open(key: string, host: string, port: number): Promise<BrokerConnection> {
    if (this.isClosed) throw closedError()
    const known = this.connections.get(key)
    if (known !== undefined) {
      const connection = await known
      if (connection.isOpen) return connection
      if (this.connections.get(key) === known) this.connections.delete(key)
      return this.open(key, host, port)
    }
    const opening = BrokerConnection.open(this.settings.client, host, port, this.settings)
    this.connections.set(key, opening)
    try {
      const connection = await opening
      if (this.isClosed) {
        connection.close(closedError())
        throw closedError()
      }
      return connection
    } catch (error) {
      if (this.connections.get(key) === opening) this.connections.delete(key)
      throw error
    }
  }

  private async anyConnection(): Promise<BrokerConnection> {
    for (const [key, pending] of this.connections) {
      if (!key.endsWith(`/${controlLane}`)) continue
      const connection = await pending.catch(() => undefined)
      if (connection?.isOpen) return connection
    }
    const failures: unknown[] = []
    const tried = new Set<string>()
    for (const { host, port } of [...this.addresses.values(), ...this.settings.seeds]) {
      const key = `${host}:${port}/${controlLane}`
      if (tried.has(key)) continue
      tried.add(key)
      try {
        return await this.open(key, host, port)
      } catch (error) {
        if (!StreamError.is(error, 'STREAM_BROKER_UNAVAILABLE')) throw error
        failures.push(error)
      }
    }
    const brokers = this.settings.seeds.map(({ host, port }) => `${host}:${port}`)
    throw new StreamError({
      code: 'STREAM_BROKER_UNAVAILABLE',
      message: `No Kafka broker can be reached at ${brokers.join(', ')} (${describeThrown(failures[0])})`,
      retryable: true,
      cause: failures[0],
      place: { brokers },
    })
  }
}

function closedError(): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: 'The connections to Kafka are closed' })
}
