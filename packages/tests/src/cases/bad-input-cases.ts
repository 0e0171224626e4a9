import { deadLetter, type Guarantee, json, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { type Cluster, keysOf, LimitedTransport } from '../cluster/index.ts'
import { failureOf, reached, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }
const [a, b] = keysOf(0, 2, 2) as [string, string]

/** What is wrong from the beginning, or too much for the broker: a clear error, and nothing lost. */
export function badInputCases(cluster: () => Cluster): void {
  describe('topics', () => {
    it('a topic that is missing, where none may be created, is named with what it needs', async () => {
      const stage = new Stage(cluster())
      const app = stage.app({ settings: { createTopics: false } })
      app.handler('h', { source: app.topic(stage.named('absent'), { ...formats, partitions: 3 }) }, () => undefined)
      await expect(app.start()).rejects.toMatchObject({
        code: 'STREAM_TOPIC_MISSING',
        message: `app ${stage.id} needs a topic that does not exist: ${stage.named('absent')} (3 partitions). Create it, or set \`createTopics\` to true.`,
      })
      expect(await stage.cluster.partitionsOf(stage.named('absent'))).toBeUndefined()
    })

    it('a topic with another partition count is refused with both counts, and left alone', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      const app = stage.app()
      app.handler('h', { source: app.topic(stage.named('in'), { ...formats, partitions: 3 }) }, () => undefined)
      await expect(app.start()).rejects.toMatchObject({
        code: 'STREAM_TOPIC_MISMATCH',
        message: expect.stringContaining(`${stage.named('in')}: has 2 partitions, declared are 3`),
      })
      expect(await stage.cluster.partitionsOf(stage.named('in'))).toBe(2)
    })

    it('a changelog with another partition count is refused the same way', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      await stage.cluster.createTopic(`${stage.id}-rows-changelog`, 1, { 'cleanup.policy': 'compact' })
      const app = stage.app()
      const rows = app.table('rows', formats)
      app.handler('h', { source: app.topic(stage.named('in'), formats), tables: { rows } }, () => undefined)
      await expect(app.start()).rejects.toMatchObject({
        code: 'STREAM_TOPIC_MISMATCH',
        message: expect.stringContaining(`${stage.id}-rows-changelog: has 1 partitions, declared are 2`),
      })
    })

    it('inputs with differing counts that share a table are refused with the counts', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('two'), 2)
      await stage.cluster.createTopic(stage.named('three'), 3)
      const app = stage.app()
      const rows = app.table('rows', formats)
      for (const name of ['two', 'three']) {
        app.handler(name, { source: app.topic(stage.named(name), formats), tables: { rows } }, () => undefined)
      }
      await expect(app.start()).rejects.toMatchObject({
        code: 'STREAM_NOT_CO_PARTITIONED',
        message: expect.stringMatching(/two.*2.*three.*3|three.*3.*two.*2/s),
      })
    })
  })

  describe.each(['exactly_once', 'at_least_once'] as const)('a record that is too large, under %s', (guarantee) =>
    tooLarge(cluster, guarantee),
  )

  it('exactly once on a transport without group fencing is refused, with the reason and the ways out', async () => {
    const stage = new Stage(cluster())
    const transport = new LimitedTransport(stage.cluster.connect(), { groupFencing: false })
    const app = stage.app({ transport, guarantee: 'exactly_once' })
    app.handler('h', { source: app.topic(stage.named('in'), formats) }, () => undefined)
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_NOT_SUPPORTED',
      message: expect.stringMatching(
        /asks for exactly_once, but the transport limited \w+ has no group fencing \(KIP-447\).*Take a transport that has it, or set `guarantee` to at_least_once/,
      ),
    })
    expect(app.state).toBe('failed')
  })

  it('two apps with one id whose topologies cannot live together: the second is refused, the first works on', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.createTopic(stage.named('other'), 2)
    const first = stage.app()
    const rows = first.table('rows', formats)
    const out = first.topic(stage.named('out'), formats)
    first.handler(
      'first',
      { source: first.topic(stage.named('in'), formats), tables: { rows }, outputs: [out] },
      (value, event) => event.send(out, { key: event.key, value }),
    )
    await first.start()
    await reached(first, 'running')
    const second = stage.app()
    const moved = second.table('rows', formats)
    second.handler(
      'second',
      { source: second.topic(stage.named('other'), formats), tables: { rows: moved } },
      () => undefined,
    )
    const failed = failureOf(second)
    await second.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_TOPOLOGY_CONFLICT',
      message: expect.stringMatching(
        /Other workers of the app ".*" run a topology that this one cannot share the work with: .*rows.*Give the changed app another id, or stop all old workers first/s,
      ),
    })
    await stage.cluster.produce(stage.named('in'), [{ key: a, value: 5 }])
    expect((await stage.cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([5])
    expect(first.state).not.toBe('failed')
  })

  it('a worker that the group refuses has created no topic, and disturbed nobody', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const worker = (tables: readonly string[]) => {
      const app = stage.app()
      const declared = Object.fromEntries(tables.map((name) => [name, app.table(name, formats)]))
      app.handler('h', { source: app.topic(stage.named('in'), formats), tables: declared }, () => undefined)
      return app
    }
    const first = worker(['rows'])
    await first.start()
    await reached(first, 'running')
    const rebalances: string[] = []
    first.on('rebalance', ({ kind }) => rebalances.push(kind))
    const second = worker(['rows', 'more'])
    await expect(second.start()).rejects.toMatchObject({
      code: 'STREAM_TOPOLOGY_CONFLICT',
      message: expect.stringMatching(
        new RegExp(
          `this worker has the internal topic ${stage.id}-more-changelog, and the group does not.*Give the`,
          's',
        ),
      ),
    })
    expect(await stage.cluster.partitionsOf(`${stage.id}-more-changelog`)).toBeUndefined()
    expect(rebalances).toEqual([])
    expect(first.state).toBe('running')
  })

  it('where the transport cannot tell who is in the group, the group itself refuses the worker when it joins', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const worker = (table: string) => {
      // Its admin tells less.
      const app = stage.app({ transport: new LimitedTransport(stage.cluster.connect(), { describeConfigs: false }) })
      const rows = app.table(table, formats)
      app.handler('h', { source: app.topic(stage.named('in'), formats), tables: { rows } }, () => undefined)
      return app
    }
    const first = worker('rows')
    await first.start()
    await reached(first, 'running')
    const second = worker('others')
    const failed = failureOf(second)
    await second.start().catch(() => undefined)
    expect(await failed).toMatchObject({ code: 'STREAM_TOPOLOGY_CONFLICT' })
    expect(first.state).not.toBe('failed')
  })
}

const large = 'x'.repeat(3_000)
const limited = { 'max.message.bytes': '2000' }

function tooLarge(cluster: () => Cluster, guarantee: Guarantee): void {
  /** Three records, of which the second makes something too large of itself. */
  const scene = async (isLimitKnown: boolean, where: 'output' | 'changelog') => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.createTopic(stage.named('out'), 2, where === 'output' ? limited : {})
    const changelogConfigs = { 'cleanup.policy': 'compact', ...(where === 'changelog' ? limited : {}) }
    await stage.cluster.createTopic(`${stage.id}-rows-changelog`, 2, changelogConfigs)
    await stage.cluster.produce(
      stage.named('in'),
      [a, b, a].map((key, value) => ({ key, value })),
    )
    const transport = stage.cluster.connect()
    const app = stage.app({
      guarantee,
      transport: isLimitKnown ? transport : new LimitedTransport(transport, { describeConfigs: false }),
    })
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
    const rows = app.table('rows', { key: string(), value: json<unknown>() })
    const work = { source, outputs: [out], tables: { rows }, onError: deadLetter(), concurrency: 4 }
    app.handler('worker', work, async (value, event, tables) => {
      await null
      const answer = value === 1 ? large : value
      tables.rows.set(event.key, where === 'changelog' ? answer : value)
      event.send(out, { key: event.key, value: where === 'output' ? answer : value })
    })
    return { stage, app }
  }

  it.each([
    ['output', true],
    ['output', false],
    ['changelog', true],
    ['changelog', false],
  ] as const)('in the %s, its limit known beforehand: %s, is traced to its record', async (where, isLimitKnown) => {
    const { stage, app } = await scene(isLimitKnown, where)
    await app.start()
    const [letter, ...more] = await stage.cluster.read(`${stage.id}-dead-letter`, 1)
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      key: b,
      value: 1,
      headers: {
        'stream.error.code': 'STREAM_RECORD_TOO_LARGE',
        'stream.error.source.offset': '1',
        'stream.error.consumer': 'worker',
      },
    })
    expect(letter!.headers['stream.error.message']).toMatch(where === 'output' ? /out"?/ : /rows/)
    await app.stop()
    expect(app.state).toBe('stopped')
    const values = (await stage.cluster.read(stage.named('out'))).map(({ value }) => value)
    // At least once, what the record sent may be out before its row is refused, and its neighbours are done again.
    const good = values.filter((value) => value !== 1)
    expect([...new Set(good)].toSorted()).toEqual([0, 2])
    if (guarantee === 'exactly_once') expect(values).toHaveLength(2)
    expect(await stage.cluster.fold(`${stage.id}-rows-changelog`)).toEqual(new Map([[a, 2]]))
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[0]).toBe(3)
  })
}
