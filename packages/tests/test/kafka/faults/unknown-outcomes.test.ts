// Needs Java and Maven: a real Kafka is started, with a proxy in front that loses answers.

import type { CommitRequest, Committer, Outcome, Transport } from '@stream/core/adapter'
import type { Effect } from '@stream-internal/fault-proxy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { override } from '../../../broken-adapters/override.ts'
import { until } from '../../../exactly-once/index.ts'
import {
  clients,
  FaultRun,
  type FaultyClient,
  type ProxiedKafka,
  requestTimeoutMs,
  startProxiedKafka,
  startWithinMs,
} from '../../../faults/index.ts'

let kafka: ProxiedKafka

beforeAll(async () => {
  kafka = await startProxiedKafka()
}, startWithinMs)

afterAll(() => kafka.close())

const lateMs = 1.5 * requestTimeoutMs

/** The broker has not done it, or has, or will have when nobody waits for it any more. */
const effects: readonly Effect[] = [
  { kind: 'lose', what: 'request' },
  { kind: 'lose', what: 'answer' },
  { kind: 'cut', what: 'request' },
  { kind: 'cut', what: 'answer' },
  { kind: 'delay', what: 'request', byMs: lateMs },
  { kind: 'delay', what: 'answer', byMs: lateMs },
]

const steps = {
  new: ['Produce', 'TxnOffsetCommit', 'EndTxn'],
  classic: ['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'],
} as const

describe.each(clients)('exactly once on $name, where requests and answers are lost or late', (client) => {
  describe.concurrent.each(['new', 'classic'] as const)('%s protocol of transactions', (protocol) => {
    const site = () => ({ client, direct: kafka.cluster.brokers, proxied: kafka.proxies[protocol].brokers })

    it.for(steps[protocol])(
      'nothing is lost, doubled or torn where it strikes %s',
      { timeout: 240_000 },
      async (api, context) => {
        const proxy = kafka.proxies[protocol]
        const run = await FaultRun.start(context, site())
        await run.worker('w1')
        for (const effect of effects) {
          const fault = proxy.inject({ api, effect, clientId: run.id, after: 2 })
          await fault.struck()
          await run.untilCaughtUp(`after ${fault}`)
        }
        await run.judge()
        expect(proxy.count('AddOffsetsToTxn', run.id) > 0, 'spoke the classic protocol').toBe(protocol === 'classic')
      },
    )

    it.for(['request', 'answer'] as const)(
      'a commit is decided by the next start of the producer where its %s is lost for good',
      { timeout: 240_000 },
      async (what, context) => {
        const proxy = kafka.proxies[protocol]
        const run = await FaultRun.start(context, site())
        await run.worker('w1')
        await run.untilCaughtUp('at first')
        const fault = proxy.inject({
          api: 'EndTxn',
          effect: { kind: 'lose', what },
          clientId: run.id,
          times: Number.POSITIVE_INFINITY,
        })
        await until('a cut of unknown outcome', () => run.broken.length > 0, 60_000)
        fault.end()
        expect(fault.hits).toBeGreaterThan(1)
        await run.untilCaughtUp(`after ${fault}`)
        expect(run.broken).toEqual(['unknown'])
        await run.judge()
      },
    )

    it('a worker starts although its id is given late, or twice', { timeout: 240_000 }, async (context) => {
      const proxy = kafka.proxies[protocol]
      const run = await FaultRun.start(context, site())
      let worker = await run.worker('w1')
      await run.untilCaughtUp('at first')
      for (const effect of effects) {
        await run.stop(worker)
        const fault = proxy.inject({ api: 'InitProducerId', effect, clientId: run.id })
        worker = await run.worker('w1')
        await run.untilCaughtUp(`after ${fault}`)
        expect(fault.hits).toBe(1)
      }
      await run.judge()
    })
  })
})

describe.each(clients)('at least once on $name, where requests and answers are lost or late', (client) => {
  it.concurrent.for(['Produce', 'OffsetCommit'])(
    'nothing is lost where it strikes %s',
    { timeout: 240_000 },
    async (api, context) => {
      const proxy = kafka.proxies.new
      const run = await FaultRun.start(context, {
        client,
        direct: kafka.cluster.brokers,
        proxied: proxy.brokers,
        guarantee: 'at_least_once',
      })
      await run.worker('w1')
      for (const effect of effects) {
        const fault = proxy.inject({ api, effect, clientId: run.id, after: 2 })
        await fault.struck()
        await run.untilCaughtUp(`after ${fault}`)
      }
      await run.judge()
    },
  )
})

/** Clients that break a promise, with what shows it. */
const broken: readonly {
  readonly promise: string
  readonly lost: 'request' | 'answer'
  readonly commit: (inner: Committer, request: CommitRequest) => Promise<Outcome>
}[] = [
  {
    promise: 'sends again what may have been committed',
    lost: 'answer',
    commit: async (inner, request) => {
      const outcome = await inner.commit(request)
      if (outcome.kind !== 'unknown') return outcome
      await inner.init()
      return inner.commit(request)
    },
  },
  {
    promise: 'calls committed what may not have been',
    lost: 'request',
    commit: async (inner, request) => {
      const outcome = await inner.commit(request)
      if (outcome.kind !== 'unknown') return outcome
      await inner.init()
      return { kind: 'committed' }
    },
  },
]

describe('a client that is broken', () => {
  it.concurrent.for(broken)(
    'is found out where it $promise',
    { timeout: 240_000 },
    async ({ lost, commit }, context) => {
      const proxy = kafka.proxies.new
      const [{ connect }] = clients as [FaultyClient]
      const client: FaultyClient = {
        name: 'broken',
        connect: (...args) => {
          const transport = connect(...args)
          const committer: Transport['committer'] = (options) => {
            const inner = transport.committer(options)
            return override(inner, { commit: (request) => commit(inner, request) })
          }
          return override(transport, { committer })
        },
      }
      const run = await FaultRun.start(context, { client, direct: kafka.cluster.brokers, proxied: proxy.brokers })
      await run.worker('w1')
      await run.untilCaughtUp('at first')
      const times = Number.POSITIVE_INFINITY
      const fault = proxy.inject({ api: 'EndTxn', effect: { kind: 'lose', what: lost }, clientId: run.id, times })
      await fault.struck(4)
      // The client decides by itself, a transaction's timeout later, which nobody else is told.
      const { committed } = run
      await proxy
        .inject({ api: 'InitProducerId', clientId: run.id, effect: { kind: 'show', to: () => fault.end() } })
        .struck()
      await until('cuts go on', () => run.committed > committed + 2, 60_000)
      await expect(run.judge(5_000)).rejects.toThrow(/expected|Not within/)
    },
  )
})
