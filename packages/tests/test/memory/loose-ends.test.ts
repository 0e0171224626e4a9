import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, json, retry, string } from '@stream/core'
import { StreamError } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import { expect, it } from 'vitest'
import { Counter, Gate } from '../../src/cases/gate.ts'
import { quietProcess, reached, Stage } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }

/** The machine's clock, and which of its timers have neither come nor been cancelled. */
function watchedClock(): { readonly clock: Clock; readonly pending: Set<number> } {
  const pending = new Set<number>()
  const clock: Clock = {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (delayMs, fn) => {
      const handle = setTimeout(() => {
        pending.delete(delayMs)
        fn()
      }, delayMs)
      pending.add(delayMs)
      return {
        cancel: () => {
          clearTimeout(handle)
          pending.delete(delayMs)
        },
      }
    },
  }
  return { clock, pending }
}

it('an app that has stopped leaves no timer behind, also where a record waits for its next try', async () => {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const { clock, pending } = watchedClock()
  const app = stage.app({
    runtime: { clock, random: () => 0.5, process: quietProcess() },
    settings: { drainTimeoutMs: 50 },
  })
  const failed = new Counter()
  app.on('error', () => failed.add())
  app.handler(
    'h',
    {
      source: app.topic(stage.named('in'), formats),
      onError: retry({ attempts: 3, backoffMs: 3_600_000, maxBackoffMs: 3_600_000 }),
    },
    () => {
      throw new Error('not yet')
    },
  )
  await cluster.produce(stage.named('in'), [{ key: 'a', value: 1 }])
  await app.start()
  await failed.reach(1)
  expect(app.tasks().map(({ state }) => state)).toEqual(['running'])
  const stopping = app.stop()
  await reached(app, 'draining')
  await new Promise((resolve) => setImmediate(resolve))
  expect(app.tasks().map(({ state }) => state)).toEqual(['draining'])
  await stopping
  expect([...pending]).toEqual([])
  expect(stage.errors.at(-1)).toMatchObject({
    consequence: 'reported',
    error: {
      code: 'STREAM_DRAIN_TIMEOUT',
      message:
        'Records were still in flight after 50 ms (drainTimeoutMs); they will be processed again after the next start',
    },
  })
})

it('stores are told the state directory', async () => {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  const stateDir = await mkdtemp(join(tmpdir(), 'state-'))
  const inner = memoryStore()
  const told: (string | undefined)[] = []
  const store = Object.create(inner, {
    start: {
      value: (context: Parameters<typeof inner.start>[0]) => {
        told.push(context.stateDir)
        return inner.start(context)
      },
    },
    apply: { value: inner.apply.bind(inner) },
    open: { value: inner.open.bind(inner) },
    close: { value: inner.close.bind(inner) },
  }) as typeof inner
  const app = stage.app({ store, settings: { stateDir } })
  const rows = app.table('rows', formats)
  app.handler('h', { source: app.topic(stage.named('in'), formats), tables: { rows } }, () => undefined)
  await app.start()
  await app.stop()
  expect(told).toEqual([stateDir])
  await rm(stateDir, { recursive: true })
})

it('an app that is stopped while it settles the outcome of a cut has stopped, not failed', async () => {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const worker = () => {
    const app = stage.app()
    const out = app.topic(stage.named('out'), formats)
    app.stream(app.topic(stage.named('in'), formats)).to(out)
    return app
  }
  const app = worker()
  await app.start()
  await reached(app, 'running')
  const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'nobody there', retryable: true })
  const lost = cluster.log.faults.at('commit:after-end', { kind: 'lose-answer' })
  const tried = new Counter()
  const takeover = cluster.log.faults.at(
    'init:before',
    {
      kind: 'run',
      run: () => {
        tried.add()
        throw away
      },
    },
    { times: Number.POSITIVE_INFINITY },
  )
  await cluster.produce(stage.named('in'), [{ key: 'a', value: 1 }])
  await tried.reach(1)
  await app.stop()
  expect([app.state, app.failure]).toEqual(['stopped', undefined])
  lost.remove()
  takeover.remove()
  const next = worker()
  await next.start()
  await cluster.produce(stage.named('in'), [{ key: 'a', value: 2 }])
  expect((await cluster.read(stage.named('out'), 2)).map(({ value }) => value)).toEqual([1, 2])
})

it('what a worker that drains loses in an eager rebalance, it commits no more', async () => {
  const cluster = new MemoryCluster({ defaultPartitions: 2 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 2)
  const gate = new Gate()
  const held = new Counter()
  const worker = (isHeld: boolean) => {
    const app = stage.app({ settings: { rebalance: 'eager', commitIntervalMs: 20 } })
    const out = app.topic(stage.named('out'), formats)
    app.handler('h', { source: app.topic(stage.named('in'), formats), outputs: [out] }, async (value, event) => {
      if (isHeld) {
        held.add()
        await gate.pass()
      }
      event.send(out, { key: event.key, value })
    })
    return app
  }
  const keys = [keysOf(0, 2, 1)[0]!, keysOf(1, 2, 1)[0]!]
  const leaver = worker(true)
  await leaver.start()
  await cluster.produce(
    stage.named('in'),
    keys.map((key, value) => ({ key, value })),
  )
  await held.reach(2)
  const left = leaver.stop()
  const stayer = worker(false)
  await stayer.start()
  // One of both partitions has moved while the leaver still works on both of its records.
  await cluster.read(stage.named('out'), 1)
  gate.open()
  await left
  await cluster.produce(
    stage.named('in'),
    keys.map((key, value) => ({ key, value: value + 2 })),
  )
  const values = (await cluster.read(stage.named('out'), 4)).map(({ value }) => value)
  expect(values.toSorted()).toEqual([0, 1, 2, 3])
  await stayer.stop()
  expect(await cluster.read(stage.named('out'))).toHaveLength(4)
})
