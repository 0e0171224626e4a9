// Needs Java and Maven: three brokers of a real Kafka are started, with proxies in front.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { clients, FaultRun, type ProxiedKafka, startProxiedKafka, startWithinMs } from '../../../faults/index.ts'

let kafka: ProxiedKafka

beforeAll(async () => {
  kafka = await startProxiedKafka(3)
}, startWithinMs)

afterAll(() => kafka.close())

/** `STREAM_FAULTS=long` takes every broker in turn; the short form takes some. */
const isLong = process.env.STREAM_FAULTS === 'long'
const movedTo = isLong ? [1, 2, 3] : [1, 2]
const restarted = isLong ? [1, 2, 3] : [3]

describe.each(clients)('exactly once on $name, with three brokers', (client) => {
  const site = (protocol: 'new' | 'classic') => ({
    client,
    direct: kafka.cluster.brokers,
    proxied: kafka.proxies[protocol].brokers,
  })

  describe.concurrent.each(['new', 'classic'] as const)('%s protocol of transactions', (protocol) => {
    it('nothing is lost or doubled while coordinators and leaders move', { timeout: 240_000 }, async (context) => {
      const run = await FaultRun.start(context, site(protocol))
      await run.worker('w1')
      await run.untilCaughtUp('at first')
      const { cluster } = kafka
      const topics = [
        run.topics.input,
        run.topics.ordered,
        `${run.id}-ordered-changelog`,
        `${run.id}-groups-repartition`,
      ]
      for (const broker of movedTo) {
        await cluster.moveCoordinator('transaction', `${run.id}-w1`, broker)
        await run.untilCaughtUp(`with broker ${broker} as coordinator of transactions`)
        await cluster.moveCoordinator('group', run.id, broker)
        await run.untilCaughtUp(`with broker ${broker} as coordinator of the group`)
        for (const topic of topics) await cluster.moveLeader(topic, 0, broker)
        await run.untilCaughtUp(`with broker ${broker} as leader`)
      }
      await run.judge()
    })
  })

  // One after the other from here: each of them takes brokers away from everybody.
  it('commits are decided by the next coordinator where the one they were sent to dies', {
    timeout: 240_000,
  }, async (context) => {
    const { cluster, proxies } = kafka
    const run = await FaultRun.start(context, site('new'))
    await run.worker('w1')
    await run.untilCaughtUp('at first')
    for (const what of ['request', 'answer'] as const) {
      const victim = await cluster.coordinatorOf('transaction', `${run.id}-w1`)
      const fault = proxies.new.inject({ api: 'EndTxn', clientId: run.id, effect: { kind: 'hold', what } })
      await fault.struck()
      if (what === 'answer') await fault.answered()
      await cluster.node(victim).kill()
      fault.end()
      await run.untilCaughtUp(`after broker ${victim} died with the ${what} on its way`)
      await cluster.node(victim).restart()
      for (let partition = 0; partition < 4; partition++) await cluster.untilInSync('__transaction_state', partition)
    }
    await run.judge()
  })

  it('nothing is lost or doubled while brokers are restarted in turn, and one is cut off', {
    timeout: 240_000,
  }, async (context) => {
    const { cluster, proxies } = kafka
    const runs = await Promise.all([
      FaultRun.start(context, site('new')),
      FaultRun.start(context, site('classic')),
      FaultRun.start(context, { ...site('new'), guarantee: 'at_least_once' }),
    ])
    for (const run of runs) await run.worker('w1')
    const caughtUp = (what: string) => Promise.all(runs.map((run) => run.untilCaughtUp(what)))
    await caughtUp('at first')
    for (const broker of restarted) {
      await cluster.node(broker).restart()
      for (const topic of runs.flatMap((run) => Object.values(run.topics))) await cluster.untilInSync(topic, 0)
      await caughtUp(`after the restart of broker ${broker}`)
    }
    for (const proxy of Object.values(proxies)) proxy.isolate(2)
    await delay(2_000)
    for (const proxy of Object.values(proxies)) proxy.heal()
    await caughtUp('after broker 2 was cut off')
    await Promise.all(runs.map((run) => run.judge()))
  })
})
