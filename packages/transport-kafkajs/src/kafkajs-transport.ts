import {
  type Admin,
  type Committer,
  type CommitterOptions,
  contractVersion,
  type GroupConsumer,
  type GroupListener,
  type GroupOptions,
  type Producer,
  type ProducerOptions,
  type Reader,
  type ReaderOptions,
  StreamError,
  type Transport,
  type TransportContext,
  type TransportSupports,
} from '@stream/core/adapter'
import { KafkaAdmin } from './admin/index.ts'
import { KafkaCommitter } from './commit/index.ts'
import { type ClientConfig, Cluster, KafkajsClient } from './connection/index.ts'
import { FetchingReader, type FetchLoopOptions } from './fetch/index.ts'
import { KafkaGroupConsumer, type Membership, Memberships } from './group/index.ts'
import { type KafkajsOptions, type ResolvedOptions, resolveOptions } from './kafkajs-options.ts'
import { KafkaProducer, type KafkaProducerOptions } from './produce/index.ts'
import { Codecs, compressions } from './records/index.ts'

/** Requests this package makes, with the version it makes them in; every broker from Kafka 4.0 on takes them. */
const neededVersions: readonly (readonly [apiKey: number, name: string, version: number])[] = [
  [0, 'Produce', 11],
  [1, 'Fetch', 11],
  [9, 'OffsetFetch', 7],
  [26, 'EndTxn', 3],
  [28, 'TxnOffsetCommit', 3],
]

/** Apache Kafka, through connections of kafkajs. */
export class KafkajsTransport implements Transport {
  readonly contract: number = contractVersion
  readonly name: string = 'kafkajs'
  readonly supports: TransportSupports = Object.freeze({
    groupFencing: true,
    cooperative: true,
    assignor: true,
    staticMembership: true,
    producedOffsets: true,
    deleteRecords: true,
    describeConfigs: true,
  })
  private readonly options: ResolvedOptions
  /** How to close what is open, by a cluster it lives on. */
  private readonly closers: Map<Cluster, () => Promise<void>> = new Map()
  private readonly codecs: Codecs = new Codecs()
  private readonly memberships: Memberships = new Memberships()
  private client: KafkajsClient | undefined
  private context: TransportContext | undefined
  private isClosed = false

  /** Throws `STREAM_CONFIG_INVALID`; reaches for nothing yet. */
  constructor(options: KafkajsOptions) {
    this.options = resolveOptions(options)
  }

  async open(context: TransportContext): Promise<void> {
    this.context = context
    this.client = new KafkajsClient(clientConfig(this.options), (message) => context.log('debug', message))
    const { compression } = this.options
    // A codec that is missing is told before anything is produced.
    if (compression !== 'none') await this.codecs.of(compressions.indexOf(compression))
    const cluster = this.cluster()
    try {
      const { maxVersions } = await cluster.features()
      for (const [apiKey, name, version] of neededVersions) {
        if ((maxVersions.get(apiKey) ?? -1) >= version) continue
        throw new StreamError({
          code: 'STREAM_NOT_SUPPORTED',
          message: `The broker speaks ${name} up to version ${maxVersions.get(apiKey) ?? 'none'}, ${version} is needed: use Kafka 4.0 or newer`,
          place: { request: name },
        })
      }
    } finally {
      cluster.close()
    }
  }

  group(options: GroupOptions, listener: GroupListener): GroupConsumer {
    // A heartbeat that hangs must leave time for another one.
    const requestTimeoutMs = Math.min(this.options.requestTimeoutMs, Math.max(250, options.sessionTimeoutMs / 2))
    const groupCluster = this.cluster(requestTimeoutMs)
    const fetch = this.fetchOptions(options)
    const onClose = (membership: Membership): void => this.memberships.remove(membership)
    const consumer = new KafkaGroupConsumer({ groupCluster, group: options, listener, fetch, onClose })
    this.closers.set(groupCluster, () => consumer.close({ leave: true }))
    this.memberships.add(consumer.membership)
    return consumer
  }

  reader(options: ReaderOptions): Reader {
    const fetch = this.fetchOptions(options)
    return this.tracked(fetch.cluster, new FetchingReader(fetch))
  }

  producer(options: ProducerOptions): Producer {
    const produce = this.produceOptions()
    return this.tracked(produce.cluster, new KafkaProducer({ ...produce, ...options }))
  }

  committer(options: CommitterOptions): Committer {
    const produce = this.produceOptions()
    const protocol = this.options.transactionProtocol
    return this.tracked(
      produce.cluster,
      new KafkaCommitter({ ...produce, ...options, protocol, memberships: this.memberships }),
    )
  }

  admin(): Admin {
    const cluster = this.cluster()
    return this.tracked(cluster, new KafkaAdmin(cluster, this.options.requestTimeoutMs))
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.closers.values()].map((close) => close()))
  }

  private tracked<T extends { close(): Promise<void> }>(cluster: Cluster, resource: T): T {
    this.closers.set(cluster, () => resource.close())
    return resource
  }

  private cluster(requestTimeoutMs: number = this.options.requestTimeoutMs): Cluster {
    const { client, context } = this
    if (client === undefined || context === undefined || this.isClosed) {
      throw new StreamError({
        code: this.isClosed ? 'STREAM_CLOSED' : 'STREAM_STATE_INVALID',
        message: this.isClosed ? 'The kafkajs transport is closed' : 'Call open() of the kafkajs transport first',
      })
    }
    const { seeds, connectionTimeoutMs } = this.options
    const cluster: Cluster = new Cluster({
      client,
      seeds,
      connectionTimeoutMs,
      requestTimeoutMs,
      log: context.log,
      onClose: () => this.closers.delete(cluster),
    })
    return cluster
  }

  private fetchOptions(options: ReaderOptions): FetchLoopOptions {
    const { isolation, maxPollBytes, maxPartitionBytes, fetchWaitMs } = options
    const { verifyChecksums } = this.options
    const sizes = { maxPollBytes, maxPartitionBytes, fetchWaitMs }
    return { cluster: this.cluster(), isolation, ...sizes, verifyChecksums, codec: this.codecs.of, log: this.log }
  }

  private produceOptions(): Pick<
    KafkaProducerOptions,
    'cluster' | 'compression' | 'codec' | 'batchBytes' | 'ackTimeoutMs' | 'log'
  > {
    const { compression, batchBytes, requestTimeoutMs: ackTimeoutMs } = this.options
    return { cluster: this.cluster(), compression, codec: this.codecs.of, batchBytes, ackTimeoutMs, log: this.log }
  }

  private readonly log: TransportContext['log'] = (level, message) => this.context?.log(level, message)
}

/** kafkajs keeps state in what it is given for SASL, so it gets a copy. */
function clientConfig(options: ResolvedOptions): ClientConfig {
  const { seeds, clientId, ssl, sasl, connectionTimeoutMs: connectionTimeout } = options
  const brokers = seeds.map(({ host, port }) => `${host}:${port}`)
  const common = { brokers, clientId, connectionTimeout, ssl }
  return sasl === undefined ? common : { ...common, sasl: { ...sasl } as NonNullable<ClientConfig['sasl']> }
}
