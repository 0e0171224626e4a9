import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { type KafkaNode, kafkaJar } from '@stream-internal/kafka-harness'
import { Fault, type FaultPlan, type PassingRequest } from './fault.ts'
import type { HiddenVersions } from './hidden-versions.ts'
import { KafkaProtocol } from './kafka-protocol.ts'
import { ProxiedConnection } from './proxied-connection.ts'
import { seededRandom } from './seeded-random.ts'

/** What a proxy is made of. */
export interface FaultProxyOptions {
  /** Brokers that were started with detours. */
  readonly nodes: readonly KafkaNode[]
  /** Which of their detours this proxy stands in. @default 0 */
  readonly detour?: number
  /** What the brokers are not to show: stands for older ones. @default nothing */
  readonly hidden?: HiddenVersions
  /** Repeats what is drawn by probability. @default `STREAM_FAULT_SEED`, else random */
  readonly seed?: number
}

/**
 * Stands between clients and brokers, and does to requests and answers what it is told to. Clients come to `brokers` and stay behind
 * it, since that is where the brokers tell them to go. Everything else passes as it is.
 */
export class FaultProxy {
  readonly seed: number
  /** Bootstrap addresses for clients. */
  readonly brokers: readonly string[]
  readonly #servers: readonly Server[]
  readonly #faults: Fault[] = []
  readonly #connections = new Map<ProxiedConnection, number>()
  readonly #unreachable = new Set<number>()
  readonly #counts = new Map<string, number>()
  readonly #random: () => number

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const protocol = new KafkaProtocol(await kafkaJar('kafka-clients'))
    const proxy = new FaultProxy(options, protocol)
    await Promise.all(proxy.#servers.map((server) => (server.listening ? undefined : once(server, 'listening'))))
    return proxy
  }

  private constructor(options: FaultProxyOptions, protocol: KafkaProtocol) {
    const { nodes, detour = 0, hidden = {} } = options
    for (const api of Object.keys(hidden.apis ?? {})) protocol.keyOf(api)
    this.seed = options.seed ?? Number(process.env.STREAM_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31))
    this.#random = seededRandom(this.seed)
    const places = nodes.map(({ nodeId, detours }) => {
      const place = detours[detour]
      if (place === undefined) throw new Error(`broker ${nodeId} has no detour ${detour}`)
      return { nodeId, ...place }
    })
    this.brokers = places.map(({ advertisedPort }) => `127.0.0.1:${advertisedPort}`)
    this.#servers = places.map(({ nodeId, port, advertisedPort }) => {
      const context = { protocol, nodeId, hidden, brokerPort: port, judge: (one: PassingRequest) => this.#judge(one) }
      const server = createServer((socket) => {
        if (this.#unreachable.has(nodeId)) return socket.destroy()
        const connection = new ProxiedConnection(socket, context)
        this.#connections.set(connection, nodeId)
        void connection.closed.then(() => this.#connections.delete(connection))
      })
      return server.listen(advertisedPort, '127.0.0.1')
    })
  }

  /** Strikes from now on. Where several faults hold for a request, the one that was injected first strikes it. */
  inject(plan: FaultPlan): Fault {
    const fault = new Fault(plan, this.#random)
    this.#faults.push(fault)
    return fault
  }

  /** Ends all faults and makes all brokers reachable. */
  heal(): void {
    for (const fault of this.#faults.splice(0)) fault.end()
    this.#unreachable.clear()
  }

  /** Cuts all connections, or those to one broker. */
  sever(nodeId?: number): void {
    for (const [connection, node] of this.#connections) if (nodeId === undefined || nodeId === node) connection.cut()
  }

  /** Cuts the connections to a broker and lets no new one in until `heal()`. */
  isolate(nodeId: number): void {
    this.#unreachable.add(nodeId)
    this.sever(nodeId)
  }

  /** Requests that came, of an API and of one client if named: those that a fault struck, too. */
  count(api: string, clientId?: string): number {
    return this.#counts.get(clientId === undefined ? api : `${api} ${clientId}`) ?? 0
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => once(server.close(), 'close'))
    this.sever()
    await Promise.all(closed)
  }

  #judge(request: PassingRequest): Fault | undefined {
    for (const name of [request.api, `${request.api} ${request.clientId}`]) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    }
    return this.#faults.find((fault) => fault.strikes(request))
  }
}
