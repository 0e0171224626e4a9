import { deadLetter, type ErrorPolicy, json, type RecoveryEvent, skip, stop, string } from '@stream/core'
import { type Store, type StorePartition, type StoreWrite, StreamError } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import { memory } from '@stream/transport-memory'
import { expect, it } from 'vitest'
import { Counter, Gate } from '../../src/cases/gate.ts'
import { failureOf, reached, Stage } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const [key] = keysOf(0, 1, 1) as [string]

/** What a test puts before the calls of a store. */
interface Seams {
  readonly open?: (table: string) => void | Promise<void>
  readonly apply?: (writes: readonly StoreWrite[]) => void | Promise<void>
  readonly partition?: (inner: StorePartition) => Partial<StorePartition>
}

/** A memory store that answers late, as a remote one does. */
function slowStore(seams: Seams): Store {
  const inner = memoryStore()
  const innerOf = new Map<StorePartition, StorePartition>()
  return {
    contract: inner.contract,
    name: 'slow',
    supports: inner.supports,
    start: (context) => inner.start(context),
    open: async (id) => {
      await seams.open?.(id.table)
      const own = await inner.open(id)
      const partition: StorePartition = {
        id,
        get position() {
          return own.position
        },
        get: async (rowKey) => own.get(rowKey),
        getMany: async (keys) => own.getMany(keys),
        range: async (range, limit) => own.range!(range, limit),
        count: async () => own.count(),
        close: () => own.close(),
        destroy: () => own.destroy(),
        ...seams.partition?.(own),
      }
      innerOf.set(partition, own)
      return partition
    },
    apply: async (writes) => {
      await seams.apply?.(writes)
      return inner.apply(writes.map((write) => ({ ...write, partition: innerOf.get(write.partition)! })))
    },
    close: () => inner.close(),
  }
}

async function counting(seams: Seams, settings: Parameters<Stage['app']>[0] = {}, onError: ErrorPolicy = stop()) {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const transport = memory({ log: cluster.log })
  const app = stage.app({ transport, store: slowStore(seams), ...settings })
  const out = app.topic(stage.named('out'), formats)
  const counts = app.table('counts', { ...formats, default: () => 0 })
  const others = app.table('others', { ...formats, default: () => 0 })
  app.handler(
    'count',
    { source: app.topic(stage.named('in'), formats), outputs: [out], tables: { counts, others }, onError },
    async (_, event, tables) => {
      await tables.others.update(event.key, (count) => count + 1)
      event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
    },
  )
  const send = (): Promise<void> => cluster.produce(stage.named('in'), [{ key, value: 0 }])
  return { stage, cluster, transport, app, counts, send }
}

const busy = new StreamError({ code: 'STREAM_STORE_FAILED', message: 'the store is busy', retryable: true })

it('a table whose store is busy is opened again; the other tables of its task are closed in between', async () => {
  let failures = 1
  const { app, send, cluster, stage } = await counting({
    open: async (table) => {
      if (table.includes('counts') && failures-- > 0) throw busy
      await new Promise((resolve) => setTimeout(resolve, 20))
    },
  })
  await app.start()
  await reached(app, 'running')
  await send()
  expect((await cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([1])
})

it('a partition that is lost while its rows are on their way to the store fails nothing', async () => {
  const gate = new Gate()
  const applying = new Counter()
  let isOpen = true
  const { app, send, cluster, stage, transport } = await counting(
    {
      apply: async (writes) => {
        if (writes[0]!.rows.length === 0 || !isOpen) return
        isOpen = false
        applying.add()
        await gate.pass()
      },
    },
    { settings: { sessionTimeoutMs: 400, heartbeatIntervalMs: 50 } },
  )
  await app.start()
  await reached(app, 'running')
  await send()
  await applying.reach(1)
  const lost = new Counter()
  app.on('rebalance', ({ kind }) => {
    if (kind === 'lost') lost.add()
  })
  // It stands still for longer than its session lasts.
  cluster.log.stall(transport)
  await new Promise((resolve) => setTimeout(resolve, 600))
  cluster.log.wake(transport)
  await lost.reach(1)
  gate.open()
  await send()
  expect((await cluster.read(stage.named('out'), 2)).map(({ value }) => value)).toEqual([1, 2])
  expect(app.failure).toBeUndefined()
})

it('a store that never answers does not keep an app from its end', async () => {
  const applying = new Counter()
  const { app, send } = await counting(
    {
      apply: async (writes) => {
        if (writes[0]!.rows.length === 0) return
        applying.add()
        await new Promise(() => undefined)
      },
    },
    { settings: { drainTimeoutMs: 100, maxStagedBytes: 1_024 } },
  )
  await app.start()
  await reached(app, 'running')
  await send()
  await applying.reach(1)
  await app.stop().catch(() => undefined)
  expect(['stopped', 'failed']).toContain(app.state)
}, 10_000)

it('a store that refuses rows is asked again until taskTimeoutMs is over, and ends the app with its own words', async () => {
  let asked = 0
  const { app, send } = await counting(
    {
      apply: (writes) => {
        if (writes[0]!.rows.length === 0) return
        asked++
        throw new StreamError({ code: 'STREAM_STORE_FAILED', message: 'the disk is full: make room', retryable: true })
      },
    },
    { settings: { taskTimeoutMs: 400 } },
  )
  await app.start()
  await reached(app, 'running')
  const failed = failureOf(app)
  await send()
  expect(await failed).toMatchObject({ code: 'STREAM_STORE_FAILED', message: 'the disk is full: make room' })
  expect(asked).toBeGreaterThan(2)
})

it('a store partition that cannot be closed is reported when it is lost, and hurts nobody', async () => {
  let isBroken = true
  const { app, stage, cluster, transport, send } = await counting(
    {
      partition: (inner) => ({
        close: async () => {
          await inner.close()
          if (isBroken) throw new Error('file handle gone')
        },
      }),
    },
    { settings: { sessionTimeoutMs: 400, heartbeatIntervalMs: 50 } },
  )
  await app.start()
  await reached(app, 'running')
  const lost = new Counter()
  app.on('rebalance', ({ kind }) => {
    if (kind === 'lost') lost.add()
  })
  cluster.log.stall(transport)
  await new Promise((resolve) => setTimeout(resolve, 600))
  cluster.log.wake(transport)
  await lost.reach(1)
  await expect
    .poll(() => stage.errors.map(({ error }) => error.message))
    .toContainEqual(expect.stringMatching(/^Task .*in_0 could not be closed: file handle gone$/))
  expect(stage.errors[0]).toMatchObject({ consequence: 'reported', error: { code: 'STREAM_STORE_FAILED' } })
  isBroken = false
  await send()
  expect((await cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([1])
})

it('getMany asks the store once', async () => {
  const asked: number[] = []
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const store = slowStore({
    partition: (inner) => ({
      getMany: async (keys) => {
        asked.push(keys.length)
        return inner.getMany(keys)
      },
      get: () => {
        throw new Error('asked row by row')
      },
    }),
  })
  const app = stage.app({ store })
  const out = app.topic(stage.named('out'), { key: string(), value: json<(number | undefined)[]>() })
  const rows = app.table('rows', formats)
  app.handler(
    'h',
    { source: app.topic(stage.named('in'), formats), outputs: [out], tables: { rows } },
    async (value, event, tables) => {
      tables.rows.set('b', value)
      const found = await tables.rows.getMany(['a', 'b', 'c'])
      event.send(out, { key: event.key, value: found.map((row) => row ?? -1) })
      tables.rows.set('c', value)
    },
  )
  await app.start()
  await cluster.produce(stage.named('in'), [{ key, value: 1 }])
  expect((await cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([[-1, 1, -1]])
  expect(asked).toEqual([2])
})

it('recovery tells its end from the start', async () => {
  const { app, send, cluster, stage } = await counting({})
  await app.start()
  await send()
  await cluster.read(stage.named('out'), 1)
  await app.stop()
  const again = stage.app()
  const counts = again.table('counts', { ...formats, default: () => 0 })
  const others = again.table('others', { ...formats, default: () => 0 })
  const out = again.topic(stage.named('out'), formats)
  again.handler(
    'count',
    { source: again.topic(stage.named('in'), formats), outputs: [out], tables: { counts, others } },
    () => undefined,
  )
  const recoveries: RecoveryEvent[] = []
  again.on('recovery', (event) => void recoveries.push(event))
  await again.start()
  await reached(again, 'running')
  const starts = recoveries.filter(({ phase }) => phase === 'start')
  expect(starts.map(({ position }) => position)).toEqual([0, 0])
  for (const { endOffset } of starts) expect(endOffset).toBeGreaterThan(0)
})

it('a store that cannot be read for a while is waited for, and no record meets its policy for it', async () => {
  let failures = 3
  const { app, send, cluster, stage } = await counting(
    {
      partition: (own) => ({
        get: async (rowKey) => {
          if (failures-- > 0) throw busy
          return own.get(rowKey)
        },
      }),
    },
    {},
    deadLetter(),
  )
  await app.start()
  await send()
  expect((await cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([1])
  expect(app.failure).toBeUndefined()
})

it('a store whose files are damaged stops the task: skipping would pass over sound records', async () => {
  const damaged = new StreamError({ code: 'STREAM_STORE_FAILED', message: 'the files are damaged', retryable: false })
  const { app, send } = await counting(
    {
      partition: () => ({
        get: async () => {
          throw damaged
        },
      }),
    },
    {},
    skip(),
  )
  const failed = failureOf(app)
  await app.start()
  await send()
  const failure = await failed
  expect(failure.code).toBe('STREAM_STORE_FAILED')
  expect(failure.message).toContain('the files are damaged')
})
