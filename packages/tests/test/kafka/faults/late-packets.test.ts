// Needs Java and Maven: a real Kafka is started, with a proxy in front that holds requests back.
import type { Committer, Transport } from '@stream/core/adapter'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import {
  clients,
  type FaultyClient,
  type ProxiedKafka,
  startProxiedKafka,
  startWithinMs,
  undisturbed,
} from '../../../faults/index.ts'
import { Cluster } from '../../../src/cluster/index.ts'

let kafka: ProxiedKafka
let count = 0

beforeAll(async () => {
  kafka = await startProxiedKafka()
}, startWithinMs)

afterAll(() => kafka.close())

/** A committer behind the proxy, and a look at what others see of it. */
class Stand {
  readonly id: string
  readonly out: string
  readonly committer: Committer
  readonly cluster: Cluster
  readonly #transport: Transport

  static async start(context: TestContext, client: FaultyClient, protocol: 'new' | 'classic'): Promise<Stand> {
    const id = `late-${process.pid}-${Date.now().toString(36)}-${count++}`
    const transport = client.connect(kafka.proxies[protocol].brokers, id)
    await transport.open({ log: () => undefined })
    const cluster = new Cluster({ name: 'kafka', connect: () => undisturbed(kafka.cluster.brokers) })
    await cluster.createTopic(`${id}.in`, 1)
    await cluster.createTopic(`${id}.out`, 1)
    const stand = new Stand(id, transport, cluster)
    context.onTestFinished(() => stand.#close())
    await stand.committer.init()
    return stand
  }

  private constructor(id: string, transport: Transport, cluster: Cluster) {
    this.id = id
    this.out = `${id}.out`
    this.cluster = cluster
    this.#transport = transport
    this.committer = transport.committer({ transactionalId: `${id}-tx`, timeoutMs: 20_000 })
  }

  async commit(value: string, offset: number): Promise<string> {
    const record = { key: null, value: Buffer.from(JSON.stringify(value)), timestamp: Date.now(), headers: [] }
    const outcome = await this.committer.commit({
      out: [{ topic: this.out, partition: 0, records: [record] }],
      offsets: [{ topic: `${this.id}.in`, partition: 0, offset }],
      // Nobody is in the group: offsets are taken from anyone.
      group: { groupId: this.id, memberId: '', generation: -1 },
    })
    return outcome.kind
  }

  async seen(): Promise<{ readonly values: unknown[]; readonly offset: number | undefined }> {
    const values = (await this.cluster.read(this.out)).map(({ value }) => value)
    const [offset] = await this.cluster.committed(this.id, `${this.id}.in`)
    return { values, offset }
  }

  async #close(): Promise<void> {
    await this.committer.close()
    await this.#transport.close()
    await this.cluster.close()
  }
}

const struckOnce = { kind: 'hold', what: 'request' } as const

describe.each(clients)('a packet of one transaction that arrives in the next one, on $name', (client) => {
  describe.concurrent.each(['new', 'classic'] as const)('%s protocol of transactions', (protocol) => {
    it('moves no offset back', async (context) => {
      const proxy = kafka.proxies[protocol]
      const stand = await Stand.start(context, client, protocol)
      const clientId = stand.id
      const late = proxy.inject({ api: 'TxnOffsetCommit', clientId, effect: struckOnce })
      expect(await stand.commit('first', 5)).toBe('committed')
      const end = proxy.inject({ api: 'EndTxn', clientId, effect: struckOnce })
      const second = stand.commit('second', 9)
      await end.struck()
      late.end()
      await late.answered()
      end.end()
      expect(await second).toBe('committed')
      expect(await stand.seen()).toEqual({ values: ['first', 'second'], offset: 9 })
    })

    it('commits no half of it', async (context) => {
      const proxy = kafka.proxies[protocol]
      const stand = await Stand.start(context, client, protocol)
      const clientId = stand.id
      const late = proxy.inject({ api: 'EndTxn', clientId, effect: struckOnce })
      expect(await stand.commit('first', 5)).toBe('committed')
      const offsets = proxy.inject({ api: 'TxnOffsetCommit', clientId, effect: struckOnce })
      const second = stand.commit('second', 9)
      await offsets.struck()
      late.end()
      await late.answered()
      offsets.end()
      expect(await second).toBe('committed')
      expect(await stand.seen()).toEqual({ values: ['first', 'second'], offset: 9 })
    })
  })
})
