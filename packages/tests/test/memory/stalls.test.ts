import { type Guarantee, json, type StreamError, string } from '@stream/core'
import type { Store } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import type { FaultContext, Seam } from '@stream/transport-memory'
import { describe, expect, it } from 'vitest'
import { Gate } from '../../src/cases/gate.ts'
import { failureOf, reached, Stage, type StagedOptions } from '../../src/cases/stage.ts'
import { MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }

/** Quick to miss progress; calls with a deadline of their own get that first. */
const settings = { progressTimeoutMs: 300, transactionTimeoutMs: 100, deliveryTimeoutMs: 100, drainTimeoutMs: 100 }

/** A store of which one method is another one. */
function storeWith(changed: (inner: Store) => Partial<Store>): Store {
  const inner = memoryStore()
  const rest: Store = {
    contract: inner.contract,
    name: 'odd',
    supports: inner.supports,
    start: (context) => inner.start(context),
    open: (id) => inner.open(id),
    apply: (writes) => inner.apply(writes),
    close: () => inner.close(),
  }
  return { ...rest, ...changed(inner) }
}

/** What hangs, until the app has found out and drains: so that its end has nothing to wait for. */
class Hanging {
  readonly gate = new Gate()

  async until(): Promise<never> {
    await this.gate.pass()
    throw new Error('too late')
  }
}

async function counting(
  options: Pick<StagedOptions, 'guarantee' | 'store' | 'transport' | 'settings'> = {},
  cluster: MemoryCluster = new MemoryCluster({ defaultPartitions: 1 }),
) {
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const worker = () => {
    const app = stage.app({ ...options, settings: { ...settings, ...options.settings } })
    const counts = app.table('counts', { ...formats, default: () => 0 })
    app.handler(
      'count',
      { source: app.topic(stage.named('in'), formats), tables: { counts } },
      async (_, event, tables) => {
        await tables.counts.update(event.key, (count) => count + 1)
      },
    )
    return app
  }
  const send = () => cluster.produce(stage.named('in'), [{ key: 'k', value: 1 }])
  return { stage, cluster, worker, send }
}

/** The failure of an app that starts, gets a record, and goes no further. */
async function stallOf(
  { worker, send }: Awaited<ReturnType<typeof counting>>,
  release: () => void,
): Promise<StreamError> {
  const app = worker()
  app.on('state', ({ to }) => {
    if (to === 'draining') release()
  })
  const failed = failureOf(app)
  await send()
  app.start().catch(() => undefined)
  return failed
}

function stalled(what: RegExp): object {
  const sentence = new RegExp(
    `^No progress: for [\\d.]+ s the app has been waiting for ${what.source} \\(progressTimeoutMs 300\\)\\.`,
  )
  return { code: 'STREAM_TASK_STALLED', message: expect.stringMatching(sentence) }
}

describe('what never answers fails the app, and is named:', () => {
  it.each<readonly [Guarantee, Seam]>([
    ['exactly_once', 'commit:before-append'],
    ['exactly_once', 'commit:before-end'],
    ['at_least_once', 'produce:before'],
    ['at_least_once', 'offset-commit:before'],
  ])('a commit under %s, at %s', async (guarantee, seam) => {
    const scene = await counting({ guarantee })
    const id = scene.stage.id
    // What the test itself sends goes through.
    const when = ({ topics }: FaultContext): boolean =>
      seam !== 'produce:before' || topics?.[0] === `${id}-counts-changelog`
    const fault = scene.cluster.log.faults.at(seam, { kind: 'hold' }, { when })
    expect(await stallOf(scene, () => fault.release())).toMatchObject(
      stalled(/the answer to the commit of a cut \(tasks .*in_0\)/),
    )
    expect(fault.hits).toBe(1)
  })

  it('the takeover of the transactional id, before anything else', async () => {
    // Nobody knows the broker to be there before the group answers: the deadline is the one for a broker that is away.
    const scene = await counting({ settings: { taskTimeoutMs: 400 } })
    const fault = scene.cluster.log.faults.at('init:before', { kind: 'hold' })
    expect(await stallOf(scene, () => fault.release())).toMatchObject(stalled(/the takeover of its transactional id/))
  })

  it('a store that takes rows', async () => {
    const hanging = new Hanging()
    const store = storeWith((inner) => ({
      apply: (writes) => (writes.some(({ rows }) => rows.length > 0) ? hanging.until() : inner.apply(writes)),
    }))
    const failure = await stallOf(await counting({ store }), () => hanging.gate.open())
    expect(failure).toMatchObject(stalled(/the store odd to take rows of table counts, partition 0/))
    expect(failure.place).toMatchObject({ table: 'counts', partition: 0 })
  })

  it('a store that opens', async () => {
    const hanging = new Hanging()
    const store = storeWith(() => ({ open: () => hanging.until() }))
    const failure = await stallOf(await counting({ store }), () => hanging.gate.open())
    expect(failure).toMatchObject(stalled(/the store odd to open table counts, partition 0/))
    expect(failure.place).toMatchObject({ table: 'counts', partition: 0 })
  })

  it('a recovery', async () => {
    const scene = await counting()
    const first = scene.worker()
    await first.start()
    await reached(first, 'running')
    await scene.send()
    await expect.poll(() => scene.cluster.fold(`${scene.stage.id}-counts-changelog`)).toEqual(new Map([['k', 1]]))
    await first.stop()
    const when = ({ topics }: FaultContext): boolean => topics?.[0] === `${scene.stage.id}-counts-changelog`
    const fault = scene.cluster.log.faults.at('fetch', { kind: 'hold' }, { when, times: Number.POSITIVE_INFINITY })
    const failure = await stallOf(scene, () => fault.remove())
    expect(failure).toMatchObject(stalled(/the changelog .*-counts-changelog-0, replayed to 0 of \d+/))
  })

  it('committed offsets, for which the session timeout is the deadline of their own', async () => {
    const scene = await counting({ settings: { sessionTimeoutMs: 500, heartbeatIntervalMs: 100 } })
    const fault = scene.cluster.log.faults.at('committed', { kind: 'hold' }, { times: Number.POSITIVE_INFINITY })
    const failure = await stallOf(scene, () => fault.remove())
    expect(failure).toMatchObject(stalled(/the committed offsets of .*in-0/))
    expect(failure.place).toMatchObject({ partition: 0 })
  })

  it('a poll', async () => {
    const hanging = new Hanging()
    const cluster = new MemoryCluster({ defaultPartitions: 1 })
    const transport = cluster.connect()
    const group = transport.group.bind(transport)
    transport.group = (options, listener) => {
      const consumer = group(options, listener)
      const poll = consumer.poll.bind(consumer)
      let polls = 0
      consumer.poll = (one) => (++polls > 20 ? hanging.until() : poll(one))
      return consumer
    }
    const failure = await stallOf(await counting({ transport }, cluster), () => hanging.gate.open())
    expect(failure).toMatchObject(stalled(/the consumer to answer a poll/))
  })
})
