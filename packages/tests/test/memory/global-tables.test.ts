import { json, type RecoveryEvent, StreamError, string, type TableReader } from '@stream/core'
import type { Fetched, Reader, ReaderOptions, Store, Transport } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf, reached, Stage, type StagedOptions } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const [a, b] = keysOf(0, 2, 2) as [string, string]
const [c] = keysOf(1, 2, 1) as [string]

let cluster: MemoryCluster
beforeEach(() => {
  cluster = new MemoryCluster({ defaultPartitions: 2 })
})
afterEach(() => cluster.close())

/** An app with a global table over `prices`, and a handler that answers what it finds for each of its records' keys. */
function scene(
  stage: Stage,
  options: StagedOptions = {},
  work: (prices: TableReader<string, number>, key: string) => unknown = (prices, key) => prices.get(key),
) {
  const app = stage.app(options)
  const source = app.topic(stage.named('in'), { ...formats, partitions: 2 })
  const topic = app.topic(stage.named('prices'), { ...formats, partitions: 2 })
  const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>(), partitions: 2 })
  const prices = app.globalTable('prices', topic)
  app.handler('price', { source, tables: { prices }, outputs: [out] }, async (_, event, tables) => {
    event.send(out, { key: event.key, value: (await work(tables.prices, event.key)) ?? 'none' })
  })
  return { app, topic, prices }
}

async function stageWith(prices: Parameters<MemoryCluster['produce']>[1], policy = 'compact'): Promise<Stage> {
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('prices'), 2, { 'cleanup.policy': policy })
  await cluster.produce(stage.named('prices'), prices)
  await cluster.createTopic(stage.named('in'), 2)
  return stage
}

/** A transport whose readers spoil what they read behind offset 1. */
function spoiled(transport: Transport, spoil: (batch: Fetched) => Fetched): Transport {
  return new Proxy(transport, {
    get: (target, name) => {
      if (name === 'reader') {
        return (options: ReaderOptions): Reader => {
          const reader = target.reader(options)
          return {
            assign: (positions) => reader.assign(positions),
            unassign: (partitions) => reader.unassign(partitions),
            poll: async (wait) =>
              (await reader.poll(wait)).map((batch) => (batch.nextOffset > 1 ? spoil(batch) : batch)),
            startOffsets: (partitions) => reader.startOffsets(partitions),
            endOffsets: (partitions, isolation) => reader.endOffsets(partitions, isolation),
            close: () => reader.close(),
          }
        }
      }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

const valuesOf = async (stage: Stage, count: number) =>
  (await cluster.read(stage.named('out'), count)).map(({ key, value }) => [key, value])

describe('a global table', () => {
  it('has every partition on every worker before the first record is processed', async () => {
    const stage = await stageWith([
      { key: a, value: 1 },
      { key: c, value: 3 },
      { key: b, value: 2 },
      { key: b, value: null },
    ])
    await cluster.produce(
      stage.named('in'),
      [a, b, c].map((key) => ({ key, value: 0 })),
    )
    const recoveries: RecoveryEvent[] = []
    const states: string[] = []
    const answerAll = async (prices: TableReader<string, number>) => prices.getMany([a, b, c])
    const one = scene(stage, { sensors: [{ onRecovery: (event) => void recoveries.push(event) }] }, answerAll)
    one.app.on('state', ({ to }) => void states.push(to))
    await one.app.start()
    expect(states.slice(0, 2)).toEqual(['starting', 'recovering'])
    expect(await valuesOf(stage, 3)).toEqual([a, b, c].map((key) => [key, [1, null, 3]]))
    expect(recoveries.map(({ phase, task, table, partition }) => [phase, task, table, partition])).toEqual(
      expect.arrayContaining(
        [0, 1].flatMap((partition) => [
          ['start', 'global', 'prices', partition],
          ['progress', 'global', 'prices', partition],
          ['end', 'global', 'prices', partition],
        ]),
      ),
    )
    const two = scene(stage)
    await two.app.start()
    await reached(two.app, 'running')
    for (const { prices } of [one, two]) {
      expect(await prices.query(a)).toBe(1)
      expect(await prices.query(c)).toBe(3)
      expect(await prices.committed.has(b)).toBe(false)
      expect(await prices.committed.count()).toBe(2)
      const rows: unknown[] = []
      for await (const row of prices.queryAll()) rows.push(row)
      expect(rows).toEqual([
        [a, 1],
        [c, 3],
      ])
    }
  })

  it('follows its topic while the app runs, deletions and cached values included', async () => {
    const stage = await stageWith([{ key: a, value: 1 }])
    const { app, prices } = scene(stage)
    await app.start()
    await reached(app, 'running')
    expect(await prices.query(a)).toBe(1)
    await cluster.produce(stage.named('prices'), [
      { key: a, value: 2 },
      { key: c, value: 5 },
    ])
    await vi.waitFor(async () => expect([await prices.query(a), await prices.query(c)]).toEqual([2, 5]))
    await cluster.produce(stage.named('prices'), [{ key: a, value: null }])
    await vi.waitFor(async () => expect(await prices.committed.has(a)).toBe(false))
  })

  it('never writes to its topic, and may be made of what the app itself sends', async () => {
    const stage = await stageWith([{ key: a, value: 1 }])
    const app = stage.app()
    const source = app.topic(stage.named('in'), formats)
    const topic = app.topic(stage.named('prices'), formats)
    const prices = app.globalTable('prices', topic)
    app.handler('raise', { source, tables: { prices }, outputs: [topic] }, (value, event) => {
      event.send(topic, { key: event.key, value })
    })
    await app.start()
    await cluster.produce(stage.named('in'), [{ key: c, value: 7 }])
    await vi.waitFor(async () => expect(await prices.query(c)).toBe(7))
    await app.stop()
    expect((await cluster.read(stage.named('prices'))).map(({ key, value }) => [key, value])).toEqual([
      [a, 1],
      [c, 7],
    ])
    expect(await cluster.partitionsOf(`${stage.id}-prices-changelog`)).toBe(undefined)
  })

  it('finds a key wherever its producer has put it', async () => {
    const stage = await stageWith([{ key: a, value: 9, partition: 1 }])
    const { app, prices } = scene(stage)
    await app.start()
    expect(await prices.query(a)).toBe(9)
    expect(await prices.committed.getMany([a, b])).toEqual([9, undefined])
  })

  it.each(['set', 'update', 'delete'])('refuses %s, and says what to do instead', async (method) => {
    const stage = await stageWith([])
    await cluster.produce(stage.named('in'), [{ key: a, value: 0 }])
    const { app } = scene(stage, {}, (prices) =>
      (prices as unknown as Record<string, (key: string) => void>)[method]!(a),
    )
    const failed = failureOf(app)
    await app.start()
    const { cause } = await failed
    expect(cause).toMatchObject({
      code: 'STREAM_NOT_SUPPORTED',
      message: expect.stringContaining(`send a record to its topic "${stage.named('prices')}"`),
    })
  })

  it.each([
    [
      'a value',
      { key: a, value: Buffer.from('{') },
      'STREAM_DESERIALIZATION_FAILED',
      /has a value that json cannot read/,
    ],
    ['a missing key', { key: null, value: 1 }, 'STREAM_KEY_INVALID', /has no key, so it can be no row/],
  ] as const)(
    '%s that is no row fails the app, at the start or later, and names the record',
    async (_, bad, code, why) => {
      const stage = await stageWith([{ key: a, value: 1 }], 'delete')
      const first = scene(stage)
      await first.app.start()
      await reached(first.app, 'running')
      const failed = failureOf(first.app)
      await cluster.produce(stage.named('prices'), [bad])
      const place = { table: 'prices', topic: stage.named('prices'), partition: 0, offset: 1 }
      const expected = { code, message: expect.stringMatching(why), place }
      expect(await failed).toMatchObject(expected)
      await expect(scene(stage).app.start()).rejects.toMatchObject(expected)
    },
  )

  it('is not readable any more when its app has stopped', async () => {
    const stage = await stageWith([{ key: a, value: 1 }])
    const { app, prices } = scene(stage)
    await app.start()
    await expect(prices.query(a)).resolves.toBe(1)
    await app.stop()
    await expect(prices.query(a)).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })

  it('tells what to do where its topic was cut off behind it, and is whole after the next start', async () => {
    const stage = await stageWith([{ key: a, value: 1 }])
    const { app, prices } = scene(stage, {
      transport: spoiled(cluster.connect(), (batch) => ({
        ...batch,
        records: [],
        error: new StreamError({ code: 'STREAM_OFFSET_OUT_OF_RANGE', message: 'out of range' }),
      })),
    })
    const failed = failureOf(app)
    await app.start()
    expect(await prices.query(a)).toBe(1)
    await cluster.produce(stage.named('prices'), [{ key: a, value: 2 }])
    expect(await failed).toMatchObject({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/does not hold offset 1 any more.*Start the app again/),
      place: { table: 'prices', topic: stage.named('prices'), partition: 0, offset: 1 },
    })
    const again = scene(stage)
    await again.app.start()
    expect(await again.prices.query(a)).toBe(2)
  })

  it('is refused on a store that workers share', async () => {
    const stage = await stageWith([])
    const own = memoryStore()
    const shared: Store = Object.create(own, { supports: { value: { ...own.supports, shared: true } } })
    await expect(scene(stage, { store: shared }).app.start()).rejects.toMatchObject({
      code: 'STREAM_NOT_SUPPORTED',
      message: expect.stringContaining('give the table a store of the worker'),
    })
  })

  it('stops while it is being filled', async () => {
    const stage = await stageWith([{ key: a, value: 1 }])
    const store = memoryStore()
    let opening: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      opening = resolve
    })
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: Store = {
      contract: store.contract,
      name: store.name,
      supports: store.supports,
      start: (context) => store.start(context),
      open: async (id) => {
        opening()
        await released
        return store.open(id)
      },
      apply: (writes) => store.apply(writes),
      close: () => store.close(),
    }
    const { app } = scene(stage, { store: slow })
    const starting = app.start().catch((error: unknown) => error)
    await opened
    const stopping = app.stop()
    release()
    await stopping
    expect(await starting).toMatchObject({ code: 'STREAM_CLOSED' })
    expect(app.state).toBe('stopped')
  })
})

it('global tables that cannot be are refused with the reason', () => {
  const stage = new Stage(cluster)
  const app = stage.app()
  const source = app.topic('in', formats)
  app.handler('work', { source }, () => undefined)
  expect(() => app.globalTable('prices', undefined as never)).toThrow('is given no topic; make one with app.topic()')
  app.globalTable('prices', stage.app().topic('elsewhere', formats))
  expect(() => app.describe()).toThrow(
    'global table "prices" reads topic "elsewhere", which is none that this app declares',
  )
})
