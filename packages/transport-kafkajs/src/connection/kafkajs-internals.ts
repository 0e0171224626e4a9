import { StreamError } from '@stream/core/adapter'
// A CommonJS module whose named exports Node cannot see: only its default import works at run time.
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'

/*
 * The only file that touches what kafkajs 2.2.4 does not publish. It takes one connection to one broker from it, with TLS and SASL,
 * and checks the shape of every member used, so that another version of kafkajs is refused and never half works.
 */

/** The version whose inside this file knows. */
const knownVersion = '2.2.4'

/** One message as a kafkajs connection sends it. */
interface RawMessage {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<{ buf: Buffer; buffer: Buffer }>
  }
  readonly response: {
    readonly decode: (raw: Buffer) => Promise<Buffer>
    readonly parse: (raw: Buffer) => Promise<Buffer>
  }
  readonly logResponseError: boolean
}

interface RawConnection {
  isConnected(): boolean
  send(message: RawMessage): Promise<Buffer>
  disconnect(): Promise<unknown>
  rejectRequests(error: Error): void
  readonly requestQueue: { scheduleCheckPendingRequests: () => void }
  readonly socket?: { destroy(): void }
}

interface RawBroker {
  connect(): Promise<void>
  readonly connectionPool: { readonly pool: readonly RawConnection[] }
}

interface RawCluster {
  readonly brokerPool: {
    createBroker(options: { connectionPool: unknown; logger: unknown }): RawBroker
    readonly connectionPoolBuilder: { build(address: { host: string; port: number }): Promise<unknown> }
  }
}

/** Options of kafkajs that this package hands on as they are. */
export type ClientConfig = Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl' | 'clientId' | 'connectionTimeout'>

/** One authenticated connection. */
export interface RawChannel {
  isConnected(): boolean
  /** The answer's bytes behind the correlation id. */
  send(apiKey: number, apiName: string, apiVersion: number, body: Buffer): Promise<Buffer>
  /** Rejects what is under way and closes at once. */
  destroy(reason: Error): void
}

/** Makes connections through kafkajs. */
export class KafkajsClient {
  readonly usesTls: boolean
  readonly logsIn: boolean
  private readonly cluster: RawCluster
  private readonly kafka: Kafka

  /** Throws `STREAM_ADAPTER_INCOMPATIBLE` where kafkajs is not built as expected. Opens nothing yet. */
  constructor(config: ClientConfig, log: (message: string) => void) {
    this.usesTls = config.ssl !== undefined && config.ssl !== false
    this.logsIn = config.sasl !== undefined
    this.kafka = new kafkajs.Kafka({
      ...config,
      // Request timeouts are kept here, per request; kafkajs' own can only be raised.
      enforceRequestTimeout: false,
      retry: { retries: 0 },
      logLevel: kafkajs.logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, log: entry }) =>
          log(`kafkajs ${namespace}: ${entry.message}`),
    })
    this.cluster = captureCluster(this.kafka)
  }

  /** Starts a connection; `ready` settles when it is connected and authenticated, or failed. */
  async connect(host: string, port: number): Promise<{ channel: RawChannel; ready: Promise<void> }> {
    const pool = this.cluster.brokerPool
    const connectionPool = await pool.connectionPoolBuilder.build({ host, port })
    const broker = pool.createBroker({ connectionPool, logger: this.kafka.logger() })
    const raw = broker.connectionPool?.pool?.[0]
    assertMembers(broker, 'Broker', ['connect'])
    assertMembers(raw, 'Connection', ['isConnected', 'send', 'disconnect', 'rejectRequests'])
    const connection = raw as RawConnection
    assertMembers(connection.requestQueue, 'RequestQueue', ['scheduleCheckPendingRequests'])
    // Nothing is ever queued here, and on its own this timer arms itself again every millisecond for as long as the socket lives.
    connection.requestQueue.scheduleCheckPendingRequests = () => {}
    return { channel: makeChannel(connection), ready: broker.connect() }
  }
}

function makeChannel(connection: RawConnection): RawChannel {
  const asIs = (raw: Buffer): Promise<Buffer> => Promise.resolve(raw)
  return {
    isConnected: () => connection.isConnected(),
    send: (apiKey, apiName, apiVersion, body) =>
      connection.send({
        request: { apiKey, apiVersion, apiName, encode: () => Promise.resolve({ buf: body, buffer: body }) },
        response: { decode: asIs, parse: asIs },
        logResponseError: false,
      }),
    destroy: (reason) => {
      // Without this, disconnect() would wait for the answers that are still due.
      connection.rejectRequests(reason)
      void Promise.resolve(connection.disconnect())
        .catch(() => {})
        .then(() => connection.socket?.destroy())
    },
  }
}

/** A partition assigner is the public way to a cluster: its factory runs, synchronously, inside `consumer()`. */
function captureCluster(kafka: Kafka): RawCluster {
  let captured: unknown
  kafka.consumer({
    groupId: 'unused',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        captured = cluster
        return {
          name: 'unused',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'unused', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  const cluster = captured as RawCluster | undefined
  assertMembers(cluster?.brokerPool, 'BrokerPool', ['createBroker'])
  assertMembers(cluster?.brokerPool.connectionPoolBuilder, 'ConnectionPoolBuilder', ['build'])
  return cluster as RawCluster
}

function assertMembers(value: unknown, name: string, members: readonly string[]): void {
  for (const member of members) {
    if (typeof (value as Record<string, unknown> | null | undefined)?.[member] === 'function') continue
    throw new StreamError({
      code: 'STREAM_ADAPTER_INCOMPATIBLE',
      message: `kafkajs has no ${name}.${member}: this adapter needs kafkajs ${knownVersion} exactly; install that version`,
      place: { missing: `${name}.${member}`, kafkajs: knownVersion },
    })
  }
}
