// Needs Java and Maven: a real Kafka is started, with a proxy in front that lets no transaction end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clients,
  FaultRun,
  type FaultyClient,
  type ProxiedKafka,
  startProxiedKafka,
  startWithinMs,
} from '../../../faults/index.ts'

let kafka: ProxiedKafka

beforeAll(async () => {
  kafka = await startProxiedKafka()
}, startWithinMs)

afterAll(() => kafka.close())

/** Leaves a transaction open in a partition, as a worker does that is killed in the middle of a cut. */
async function leaveOpen(client: FaultyClient, run: FaultRun, workerId: string, timeoutMs: number): Promise<void> {
  const clientId = `${run.id}-orphan`
  const proxy = kafka.proxies.new
  const transport = client.connect(proxy.brokers, clientId)
  await transport.open({ log: () => undefined })
  const committer = transport.committer({ transactionalId: `${run.id}-${workerId}`, timeoutMs })
  await committer.init()
  const times = Number.POSITIVE_INFINITY
  const fault = proxy.inject({ api: 'EndTxn', clientId, effect: { kind: 'lose', what: 'request' }, times })
  const record = { key: Buffer.from('orphan'), value: Buffer.from('{"n":-1}'), timestamp: Date.now(), headers: [] }
  const ended = committer.commit({
    out: [{ topic: run.topics.ordered, partition: 0, records: [record] }],
    offsets: [],
    group: { groupId: run.id, memberId: '', generation: -1 },
  })
  await fault.struck()
  await committer.close()
  await transport.close()
  await ended
}

describe.each(clients)('a transaction that a dead worker left open, on $name', (client) => {
  const site = () => ({ client, direct: kafka.cluster.brokers, proxied: kafka.proxies.new.brokers })

  it('is ended by the worker that comes back under the same id, long before its timeout', {
    timeout: 240_000,
  }, async (context) => {
    const run = await FaultRun.start(context, site())
    await leaveOpen(client, run, 'w1', 600_000)
    expect(await run.isBlocked(run.topics.ordered, 0), 'readers wait for the orphan').toBe(true)
    await run.worker('w1')
    await run.untilCaughtUp('behind the orphan')
    await run.judge()
  })

  it('blocks readers until its timeout where nobody comes back, and no longer', {
    timeout: 240_000,
  }, async (context) => {
    const run = await FaultRun.start(context, site())
    await leaveOpen(client, run, 'w1', 3_000)
    await run.worker('w2')
    expect(await run.isBlocked(run.topics.ordered, 0), 'readers wait for the orphan').toBe(true)
    await run.untilCaughtUp('behind the orphan')
    await run.judge()
  })
})
