import { describe, expect, it } from 'vitest'
import { App, type AppOptions } from '../../src/app/index.ts'
import { json, string } from '../../src/serde/index.ts'
import { FakeProcess, fakeStore, fakeTransport } from './fakes.ts'

function appWith(options: Partial<AppOptions> = {}, env: Record<string, string> = {}) {
  const calls: string[] = []
  const lines: string[] = []
  const app = new App({
    id: 'app',
    transport: fakeTransport(calls),
    log: (level, message) => lines.push(`${level} ${message}`),
    runtime: { process: new FakeProcess(env) },
    ...options,
  })
  return { app, calls, lines }
}

const ignore = (): void => undefined
const numbers = { key: string(), value: json<number>() }

/** An app with one handler, and with a table where asked for. */
function declared(options: Partial<AppOptions> & { withTable?: boolean } = {}, env: Record<string, string> = {}) {
  const { withTable = false, ...rest } = options
  const made = appWith(rest, env)
  const tables = withTable ? { counts: made.app.table('counts', numbers) } : {}
  made.app.handler('h', { source: made.app.topic('in', numbers), tables }, ignore)
  return made
}

describe('configuration', () => {
  it('is refused when the app is made, with everything that is wrong', () => {
    expect(() => appWith({ settings: { commitIntervalMs: -1, sesionTimeoutMs: 1 } as never })).toThrow(
      expect.objectContaining({
        code: 'STREAM_CONFIG_INVALID',
        place: { problems: expect.toSatisfy((p: string[]) => p.length === 2) },
      }),
    )
  })
  it('lists wrong options and wrong settings together', () => {
    expect(() =>
      appWith({ id: 'my app', garantee: 'exactly_once', settings: { commitIntervalMs: -1 } } as never),
    ).toThrow(
      expect.objectContaining({
        code: 'STREAM_CONFIG_INVALID',
        message: expect.stringMatching(
          /invalid:\n- id may hold only letters.*\n- garantee is no option of an App \(did you mean guarantee\?\)\n- commitIntervalMs must be/,
        ),
      }),
    )
    expect(() => appWith({ id: undefined as never })).toThrow('id must be a string, not undefined')
  })
  it('is explained, adapters given as objects included', () => {
    const { app } = appWith({ store: 'memory://', guarantee: 'at_least_once' }, { STREAM_COMMIT_INTERVAL_MS: '5s' })
    const explained = new Map(app.config.explain().map(({ name, value, source }) => [name, [value, source]]))
    expect(explained.get('transport')).toEqual(['fake (an object)', 'code'])
    expect(explained.get('store')).toEqual(['memory://', 'code'])
    expect(explained.get('guarantee')).toEqual(['at_least_once', 'code'])
    expect(explained.get('commitIntervalMs')).toEqual([5000, 'environment'])
    expect(explained.get('sessionTimeoutMs')).toEqual([45_000, 'default'])
  })
  it('never shows what an address holds of credentials', () => {
    const { app } = appWith({}, { STREAM_TRANSPORT: 'kafkajs://me:secret@host:9092' })
    expect(JSON.stringify(app.config.explain())).not.toContain('secret')
  })
})

describe('declarations', () => {
  it('are described before the start, as data, text and Mermaid', () => {
    const { app } = declared({ withTable: true })
    expect(app.describe().subTopologies[0]).toMatchObject({ id: 'in', consumers: [{ name: 'h' }] })
    expect(app.describe('text')).toContain('table   counts  (changelog app-counts-changelog)')
    expect(app.describe('mermaid')).toMatch(/^flowchart LR\n/)
  })
  it('are refused after the start, whatever is declared', async () => {
    const { app } = declared({ settings: { createTopics: false } })
    const topic = app.topic('other', numbers)
    await expect(app.start()).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
    for (const [what, declare] of [
      ['topic "x"', () => app.topic('x')],
      ['channel "x"', () => app.channel('x')],
      ['table "x"', () => app.table('x', numbers)],
      ['agent "x"', () => app.agent('x', { source: topic }, async () => undefined)],
      ['handler "x"', () => app.handler('x', { source: topic }, ignore)],
      ['a stream of topic "other"', () => app.stream(topic)],
    ] as const) {
      expect(declare).toThrow(
        expect.objectContaining({
          code: 'STREAM_DECLARED_TOO_LATE',
          message: `${what} is declared too late: app app is failed; declare everything before app.start() or app.run()`,
        }),
      )
    }
  })
  it('take the setting handlerConcurrency where a handler says nothing', () => {
    const { app } = appWith({ settings: { handlerConcurrency: 7 } })
    const source = app.topic('in', numbers)
    expect(app.handler('a', { source }, ignore).concurrency).toBe(7)
    expect(app.handler('b', { source, concurrency: 2 }, ignore).concurrency).toBe(2)
  })
  it('that are wrong fail the start before anything is opened', async () => {
    const { app, calls } = appWith()
    app.stream(app.topic('in', numbers)).filter(() => true)
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_TOPOLOGY_INVALID',
      message: expect.stringMatching(/leads nowhere: in \| filter[\s\S]*there is nothing to run/),
    })
    expect([app.state, calls]).toEqual(['failed', []])
  })
})

describe('a start', () => {
  it('without a transport names the setting and the remedy', async () => {
    const { transport: _none, ...options } = {
      transport: undefined,
      id: 'app',
      runtime: { process: new FakeProcess() },
    }
    const app = new App(options)
    app.handler('h', { source: app.topic('in', numbers) }, ignore)
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_CONFIG_INVALID',
      message: expect.stringContaining('app app has no `transport`; run `npm install @stream/transport-kafkajs`'),
    })
  })
  it('with tables and without a store names the store and how to get one, before anything is opened', async () => {
    const { app, calls } = declared({ withTable: true })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_CONFIG_INVALID',
      message: expect.stringContaining(
        'has the table "counts", and no `store` to keep rows in; run `npm install @stream/store-memory`',
      ),
      place: { setting: 'store' },
    })
    expect(calls).toEqual([])
  })
  it('refuses exactly once on a transport without group fencing, with the reason, and closes it', async () => {
    const calls: string[] = []
    const supports = { ...fakeTransport([]).supports, groupFencing: false }
    const { app } = declared({ transport: fakeTransport(calls, { supports }), guarantee: 'exactly_once' })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_NOT_SUPPORTED',
      message: expect.stringMatching(
        /asks for exactly_once, but the transport fake has no group fencing \(KIP-447\).*at_least_once/,
      ),
    })
    expect(calls).toEqual(['transport open', 'transport close'])
  })
  it('refuses cooperative rebalances on a transport without them', async () => {
    const { app } = declared({ settings: { rebalance: 'cooperative' } })
    await expect(app.start()).rejects.toMatchObject({ code: 'STREAM_NOT_SUPPORTED', place: { setting: 'rebalance' } })
  })
  it('refuses repartition topics that would grow for ever, where the transport cannot delete records', async () => {
    const supports = { ...fakeTransport([]).supports, deleteRecords: false }
    const grouped = (configs?: Record<string, string>) => {
      const { app } = appWith({ transport: fakeTransport([], { supports }), settings: { createTopics: false } })
      const stream = app.stream(app.topic('in', numbers))
      stream.groupBy('by', () => 'k', configs === undefined ? {} : { configs }).forEach(ignore)
      return app.start()
    }
    await expect(grouped()).rejects.toMatchObject({
      code: 'STREAM_NOT_SUPPORTED',
      message: expect.stringContaining('cannot delete records, so app-by-repartition would grow for ever'),
    })
    await expect(grouped({ 'retention.ms': '1000' })).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
  })
  it('refuses adapters of another contract, naming both versions', async () => {
    const { app } = declared({ transport: fakeTransport([], { contract: 99 }) })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_INCOMPATIBLE',
      message: expect.stringContaining('contract 99'),
    })
    const other = declared({ withTable: true, store: fakeStore([], { contract: 0 }) })
    await expect(other.app.start()).rejects.toMatchObject({ code: 'STREAM_ADAPTER_INCOMPATIBLE' })
  })
  it('takes the transport of the environment before the one in code', async () => {
    const { app, calls } = declared({}, { STREAM_TRANSPORT: 'kafkjs://localhost:9092' })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_UNKNOWN',
      message: expect.stringContaining('kafkajs'),
    })
    expect(calls).toEqual([])
  })
  it('that fails late closes what it opened, in the opposite order', async () => {
    const calls: string[] = []
    const store = fakeStore(calls, { start: () => Promise.reject(new Error('no disk')) })
    const { app } = declared({ withTable: true, transport: fakeTransport(calls), store })
    await expect(app.start()).rejects.toMatchObject({ message: 'app app could not start: no disk' })
    expect(calls).toEqual(['transport open', 'store close', 'admin close', 'transport close'])
  })
  it('prepares its topics with the admin of another transport, where one is given', async () => {
    const mine: string[] = []
    const theirs: string[] = []
    const { app } = declared({
      transport: fakeTransport(mine),
      admin: fakeTransport(theirs),
      settings: { createTopics: false },
    })
    await expect(app.start()).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
    expect(mine).toEqual(['transport open', 'transport close'])
    expect(theirs).toEqual(['transport open', 'admin close', 'transport close'])
  })
})

describe('events', () => {
  it('tell every change of state, until the listener leaves', async () => {
    const { app } = declared({ settings: { createTopics: false } })
    const changes: string[] = []
    app.on('state', ({ from, to, failure }) => changes.push(`${from} ${to} ${failure?.code ?? ''}`))
    const leave = app.on('state', () => changes.push('never'))
    leave()
    await app.start().catch(() => undefined)
    expect(changes).toEqual(['created starting ', 'starting failed STREAM_TOPIC_MISSING'])
    expect(app.failure?.code).toBe('STREAM_TOPIC_MISSING')
  })
  it('survive a listener that throws, which is logged', async () => {
    const { app, lines } = declared({ settings: { createTopics: false } })
    const seen: string[] = []
    app.on('state', () => {
      throw new Error('mine')
    })
    app.on('state', ({ to }) => seen.push(to))
    await app.start().catch(() => undefined)
    expect(seen).toEqual(['starting', 'failed'])
    expect(lines).toContain('warn a listener of "state" threw: mine')
  })
})

describe('run', () => {
  it('a second time is refused', async () => {
    const { app } = declared()
    await app.stop()
    await expect(app.run()).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })
})
