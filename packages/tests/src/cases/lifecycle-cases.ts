import { json, string } from '@stream/core'
import { expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { Counter, Gate } from './gate.ts'
import { reached, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }
const [a] = keysOf(0, 2, 1) as [string]

/** An app from its making to its end. */
export function lifecycleCases(cluster: () => Cluster): void {
  const scene = async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const app = stage.app()
    const source = app.topic(stage.named('in'), formats)
    const states: string[] = ['created']
    app.on('state', ({ from, to }) => {
      expect(from).toBe(states.at(-1))
      states.push(to)
    })
    return { stage, app, source, states }
  }

  it('it goes through its states in order, once', async () => {
    const { app, source, states } = await scene()
    app.handler('h', { source }, () => undefined)
    expect(app.state).toBe('created')
    await app.start()
    await reached(app, 'running')
    await app.stop()
    expect(states[1]).toBe('starting')
    expect(states.slice(-3)).toEqual(['running', 'draining', 'stopped'])
    expect(states.slice(2, -3).every((state) => ['rebalancing', 'recovering', 'running'].includes(state))).toBe(true)
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_STATE_INVALID',
      message: expect.stringMatching(/cannot start, it is stopped; an App is started once/),
    })
    await app.stop()
    expect(states.filter((state) => state === 'stopped')).toHaveLength(1)
  })

  it('it recovers where it has tables, and has a task for every partition once it runs', async () => {
    const { app, source, states } = await scene()
    const rows = app.table('rows', formats)
    app.handler('h', { source, tables: { rows } }, () => undefined)
    await app.start()
    await expect.poll(() => app.tasks().map(({ state }) => state), { timeout: 10_000 }).toEqual(['running', 'running'])
    await reached(app, 'running')
    expect(states).toContain('recovering')
    expect(
      app
        .tasks()
        .map(({ partition }) => partition)
        .toSorted(),
    ).toEqual([0, 1])
  })

  it('a started app describes itself with partition counts, as data, text and Mermaid', async () => {
    const { stage, app, source } = await scene()
    const rows = app.table('rows', formats)
    app.handler('h', { source, tables: { rows } }, () => undefined)
    await app.start()
    const description = app.describe()
    expect(description.topics.find(({ name }) => name === stage.named('in'))).toMatchObject({ partitions: 2 })
    expect(description.topics.find(({ name }) => name === `${stage.id}-rows-changelog`)).toMatchObject({
      partitions: 2,
    })
    expect(app.describe('text')).toContain(`${stage.id}-rows-changelog`)
    expect(app.describe('mermaid')).toMatch(/^flowchart LR\n/)
  })

  it('a stop finishes what is in flight, and commits it', async () => {
    const { stage, app, source } = await scene()
    const out = app.topic(stage.named('out'), formats)
    const gate = new Gate()
    const begun = new Counter()
    app.handler('slow', { source, outputs: [out] }, async (value, event) => {
      begun.add()
      await gate.pass()
      event.send(out, { key: event.key, value })
    })
    await app.start()
    await stage.cluster.produce(stage.named('in'), [{ key: a, value: 1 }])
    await begun.reach(1)
    const stopped = app.stop()
    gate.open()
    await stopped
    expect((await stage.cluster.read(stage.named('out'))).map(({ value }) => value)).toEqual([1])
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[0]).toBe(1)
  })

  it('a stop has a deadline: the signal of what it gives up aborts, and the record comes again', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(stage.named('in'), [{ key: a, value: 1 }])
    const app = stage.app({ settings: { drainTimeoutMs: 150 } })
    const begun = new Counter()
    const aborted = new Counter()
    app.handler('stuck', { source: app.topic(stage.named('in'), formats) }, async (_, event) => {
      begun.add()
      await new Promise<void>((resolve) => event.signal.addEventListener('abort', () => resolve()))
      aborted.add()
    })
    await app.start()
    await begun.reach(1)
    await app.stop()
    await aborted.reach(1)
    expect(stage.lines.some((line) => /still in flight after 150 ms/.test(line))).toBe(true)
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[0] ?? 0).toBe(0)
  })

  it('sensors see every seam, and one that throws hurts nobody', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const seen = new Set<string>()
    const note = (hook: string) => () => void seen.add(hook)
    let processed = 0
    let taken = 0
    let isCutFirst = false
    const app = stage.app({
      sensors: [
        {
          name: 'broken',
          onProcessed: () => {
            throw new Error('sensor')
          },
        },
        {
          name: 'notes',
          onConsumed: note('onConsumed'),
          onProcessed: ({ records }) => {
            seen.add('onProcessed')
            processed += records
          },
          onRecordProcessed: note('onRecordProcessed'),
          onProduced: note('onProduced'),
          onTableRead: note('onTableRead'),
          onTableWrite: note('onTableWrite'),
          onCutStart: ({ records }) => {
            seen.add('onCutStart')
            taken += records
            isCutFirst ||= taken > processed
          },
          onCutStep: ({ step }) => void seen.add(step),
          onCutEnd: ({ outcome }) => void seen.add(`cut ${outcome}`),
          onRebalance: ({ kind }) => void seen.add(kind),
          onRecovery: ({ phase }) => void seen.add(`recovery ${phase}`),
        },
      ],
    })
    const source = app.topic(stage.named('in'), formats)
    const rows = app.table('rows', { ...formats, default: () => 0 })
    const out = app.topic(stage.named('out'), formats)
    app.handler('h', { source, tables: { rows }, outputs: [out] }, async (value, event, tables) => {
      await tables.rows.update(event.key, (before) => before + value)
      event.send(out, { key: event.key, value })
    })
    await app.start()
    await stage.cluster.produce(stage.named('in'), [{ key: a, value: 1 }])
    await stage.cluster.read(stage.named('out'), 1)
    await app.stop()
    const hooks = ['onConsumed', 'onProcessed', 'onRecordProcessed', 'onProduced', 'onTableRead', 'onTableWrite']
    const cut = ['onCutStart', 'frozen', 'committing', 'committed', 'applying', 'applied', 'cut committed']
    const rest = ['assigned', 'revoked', 'recovery start', 'recovery end']
    expect([...seen].toSorted()).toEqual(expect.arrayContaining([...hooks, ...cut, ...rest].toSorted()))
    expect({ taken, processed, isCutFirst }).toEqual({ taken: 1, processed: 1, isCutFirst: false })
    expect(stage.lines.filter((line) => line.includes('onProcessed of broken threw'))).toHaveLength(1)
    expect(app.state).toBe('stopped')
  })
}
