// Needs Java and Maven: a real Kafka is started, with a proxy in front that answers in its place.
import { errorCodes, type FaultPlan, FaultProxy } from '@stream-internal/fault-proxy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../exactly-once/index.ts'
import { clients, FaultRun, type ProxiedKafka, startProxiedKafka, startWithinMs } from '../../../faults/index.ts'

let kafka: ProxiedKafka

beforeAll(async () => {
  kafka = await startProxiedKafka()
}, startWithinMs)

afterAll(() => kafka.close())

/** An error that passes: the API, its code, and whether the broker has done it all the same. */
type Passing = readonly [api: string, code: keyof typeof errorCodes, isDone?: boolean]

const ofTransactions: readonly Passing[] = [
  ['EndTxn', 'notCoordinator'],
  ['EndTxn', 'coordinatorLoading'],
  ['EndTxn', 'coordinatorNotAvailable'],
  ['EndTxn', 'concurrentTransactions'],
  ['EndTxn', 'coordinatorNotAvailable', true],
  ['TxnOffsetCommit', 'notCoordinator'],
  ['TxnOffsetCommit', 'coordinatorLoading'],
  ['TxnOffsetCommit', 'concurrentTransactions'],
  ['TxnOffsetCommit', 'coordinatorNotAvailable', true],
  ['Produce', 'notLeader'],
  ['Produce', 'notEnoughReplicas'],
  ['Produce', 'storageError'],
  ['Produce', 'concurrentTransactions'],
  // Appended, and not known to be: the follower did not fetch in time.
  ['Produce', 'notEnoughReplicasAfterAppend', true],
  ['Produce', 'requestTimedOut', true],
]

const ofClassicTransactions: readonly Passing[] = [
  ['AddPartitionsToTxn', 'concurrentTransactions'],
  ['AddPartitionsToTxn', 'notCoordinator'],
  ['AddPartitionsToTxn', 'coordinatorLoading', true],
  ['AddOffsetsToTxn', 'concurrentTransactions'],
  ['AddOffsetsToTxn', 'coordinatorNotAvailable'],
]

const ofConsumers: readonly Passing[] = [
  ['Fetch', 'notLeader'],
  ['Fetch', 'storageError'],
  ['Heartbeat', 'coordinatorNotAvailable'],
  ['Heartbeat', 'notCoordinator'],
]

const ofStarts: readonly Passing[] = [
  ['FindCoordinator', 'coordinatorNotAvailable'],
  ['InitProducerId', 'coordinatorLoading'],
  ['InitProducerId', 'concurrentTransactions'],
  ['JoinGroup', 'coordinatorLoading'],
  ['JoinGroup', 'notCoordinator'],
  ['SyncGroup', 'rebalanceInProgress'],
  ['OffsetFetch', 'unstableOffset'],
  ['OffsetFetch', 'coordinatorLoading'],
  ['ListOffsets', 'notLeader'],
]

function planOf([api, code, isDone = false]: Passing, clientId: string): FaultPlan {
  const effect = { kind: isDone ? 'disguise' : 'refuse', errorCode: errorCodes[code] } as const
  return { api, effect, clientId, times: 3 }
}

describe.each(clients)('errors that pass, on $name', (client) => {
  describe.concurrent.each(['new', 'classic'] as const)('%s protocol of transactions', (protocol) => {
    const site = () => ({ client, direct: kafka.cluster.brokers, proxied: kafka.proxies[protocol].brokers })

    it('cost an app no record, one after the other', { timeout: 240_000 }, async (context) => {
      const proxy = kafka.proxies[protocol]
      const run = await FaultRun.start(context, site())
      await run.worker('w1')
      const classic = protocol === 'classic' ? ofClassicTransactions : []
      for (const passing of [...ofTransactions, ...classic, ...ofConsumers]) {
        const fault = proxy.inject(planOf(passing, run.id))
        await fault.struck(3)
        await run.untilCaughtUp(`after ${passing}`)
      }
      await run.judge()
    })

    it('cost an app no record while it starts', { timeout: 240_000 }, async (context) => {
      const proxy = kafka.proxies[protocol]
      const run = await FaultRun.start(context, site())
      let worker = await run.worker('w1')
      await run.untilCaughtUp('at first')
      for (const passing of ofStarts) {
        await run.stop(worker)
        const fault = proxy.inject(planOf(passing, run.id))
        worker = await run.worker('w1')
        await fault.struck(3)
        await run.untilCaughtUp(`after ${passing}`)
      }
      await run.judge()
    })

    it('cost an app no record where they come by chance, at any time', { timeout: 240_000 }, async (context) => {
      const proxy = kafka.proxies[protocol]
      const run = await FaultRun.start(context, site())
      await run.worker('w1')
      context.onTestFailed(() => void process.stderr.write(`STREAM_FAULT_SEED=${proxy.seed}\n`))
      const all = [...ofTransactions, ...ofConsumers]
      const faults = all.map((passing) =>
        proxy.inject({ ...planOf(passing, run.id), times: Number.POSITIVE_INFINITY, probability: 0.02 }),
      )
      const hits = () => faults.reduce((sum, fault) => sum + fault.hits, 0)
      await until('60 errors', () => hits() > 60, 120_000)
      for (const fault of faults) fault.end()
      await run.untilCaughtUp('after all of them')
      await run.judge()
    })
  })
})

describe.each(clients)('an app that the brokers throttle, on $name', (client) => {
  it.concurrent.for(['exactly_once', 'at_least_once'] as const)(
    'loses no record, and catches up, under %s',
    { timeout: 240_000 },
    async (guarantee, context) => {
      const proxy = kafka.proxies.new
      const run = await FaultRun.start(context, {
        client,
        direct: kafka.cluster.brokers,
        proxied: proxy.brokers,
        guarantee,
      })
      let throttledMs = 0
      proxy.inject({
        api: 'Produce',
        clientId: run.id,
        times: Number.POSITIVE_INFINITY,
        effect: { kind: 'show', to: ({ throttleTimeMs }) => void (throttledMs += Number(throttleTimeMs)) },
      })
      await kafka.cluster.limitProducer(run.id, 8_000)
      await run.worker('w1')
      await until('it was throttled for three seconds', () => throttledMs > 3_000)
      await kafka.cluster.limitProducer(run.id, 10_000_000)
      await run.untilCaughtUp('when it may produce again')
      await run.judge()
    },
  )
})

describe.each(clients)('a transaction that cannot be committed, on $name', (client) => {
  it.concurrent.for([
    ['TxnOffsetCommit', 'transactionAbortable'],
    ['Produce', 'transactionAbortable'],
    ['EndTxn', 'transactionAbortable'],
    ['EndTxn', 'invalidTransactionState'],
  ] as const)('is made again whole: %s answers %s', { timeout: 240_000 }, async ([api, code], context) => {
    const proxy = kafka.proxies.new
    const run = await FaultRun.start(context, { client, direct: kafka.cluster.brokers, proxied: proxy.brokers })
    await run.worker('w1')
    await run.untilCaughtUp('at first')
    const fault = proxy.inject({
      api,
      clientId: run.id,
      effect: { kind: 'refuse', errorCode: errorCodes[code] },
      // The end that commits; the one that aborts afterwards comes through.
      when: ({ fields }) => fields.committed !== false,
    })
    await fault.struck()
    await run.untilCaughtUp(`after ${fault}`)
    expect(run.broken).toEqual(['aborted'])
    await run.judge()
  })
})

describe.each(clients)('at least once on $name, errors that pass', (client) => {
  it('cost an app no record, one after the other', { timeout: 240_000 }, async (context) => {
    const proxy = kafka.proxies.new
    const run = await FaultRun.start(context, {
      client,
      direct: kafka.cluster.brokers,
      proxied: proxy.brokers,
      guarantee: 'at_least_once',
    })
    await run.worker('w1')
    const ofCommits: readonly Passing[] = [
      ['OffsetCommit', 'coordinatorLoading'],
      ['OffsetCommit', 'notCoordinator'],
      ['OffsetCommit', 'coordinatorNotAvailable', true],
      ['Produce', 'notLeader'],
      ['Produce', 'notEnoughReplicasAfterAppend', true],
    ]
    for (const passing of [...ofCommits, ...ofConsumers]) {
      const fault = proxy.inject(planOf(passing, run.id))
      await fault.struck(3)
      await run.untilCaughtUp(`after ${passing}`)
    }
    await run.judge()
  })
})

describe.each(clients)('a broker that is too old, on $name', (client) => {
  it('is refused with what is missing and the remedy, and nothing is lost', { timeout: 240_000 }, async (context) => {
    const older = await FaultProxy.start({
      nodes: kafka.cluster.nodes,
      detour: 2,
      hidden: { apis: { Produce: 7, TxnOffsetCommit: 2, EndTxn: 2 }, features: { 'transaction.version': 0 } },
    })
    context.onTestFinished(() => older.close())
    const site = { client, direct: kafka.cluster.brokers }
    const run = await FaultRun.start(context, { ...site, proxied: older.brokers })
    const failure = await run.failedWorker('w1')
    expect(failure.code).toBe('STREAM_NOT_SUPPORTED')
    expect(failure.message).toMatch(/version .* use Kafka/)
    expect(run.complete).toBe(0)
  })
})
