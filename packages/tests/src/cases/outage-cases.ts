import { json, string } from '@stream/core'
import { expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { reached, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }

/** The broker is not there, goes away, comes back. Needs a cluster that nobody else uses. */
export function outageCases(cluster: () => Cluster): void {
  it.each(['exactly_once', 'at_least_once'] as const)(
    'an app goes on by itself when the broker is back, under %s: nothing is lost',
    async (guarantee) => {
      const stage = new Stage(cluster())
      const [key] = keysOf(0, 2, 1) as [string]
      await stage.cluster.createTopic(stage.named('in'), 2)
      const app = stage.app({ guarantee, settings: { sessionTimeoutMs: 20_000 } })
      const source = app.topic(stage.named('in'), formats)
      const out = app.topic(stage.named('out'), formats)
      const counts = app.table('counts', { ...formats, default: () => 0 })
      app.handler('count', { source, outputs: [out], tables: { counts } }, async (_, event, tables) => {
        event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
      })
      await app.start()
      await reached(app, 'running')
      await stage.cluster.produce(stage.named('in'), [{ key, value: 0 }])
      expect(await stage.cluster.read(stage.named('out'), 1)).toHaveLength(1)
      await stage.cluster.beginOutage()
      await new Promise((resolve) => setTimeout(resolve, 300))
      await stage.cluster.endOutage()
      await stage.cluster.produce(stage.named('in'), [{ key, value: 1 }])
      const values = (await stage.cluster.read(stage.named('out'), 2)).map(({ value }) => value)
      if (guarantee === 'exactly_once') expect(values).toEqual([1, 2])
      expect(values.at(-1)).toBe(2)
      expect(app.failure).toBeUndefined()
    },
    60_000,
  )

  it('an app that finds no broker says so, and closes everything', async () => {
    const stage = new Stage(cluster())
    const app = stage.app()
    app.handler('h', { source: app.topic(stage.named('in'), formats) }, () => undefined)
    await stage.cluster.beginOutage()
    try {
      await expect(app.start()).rejects.toMatchObject({
        code: 'STREAM_BROKER_UNAVAILABLE',
        message: expect.stringMatching(/reach|available|broker/i),
        retryable: true,
      })
      expect(app.state).toBe('failed')
    } finally {
      await stage.cluster.endOutage()
    }
  }, 60_000)

  it('an app is stopped while the broker is away, and another one goes on from its last commit', async () => {
    const stage = new Stage(cluster())
    const [key] = keysOf(0, 2, 1) as [string]
    await stage.cluster.createTopic(stage.named('in'), 2)
    const worker = () => {
      const app = stage.app({ settings: { drainTimeoutMs: 1_000 } })
      const source = app.topic(stage.named('in'), formats)
      const out = app.topic(stage.named('out'), formats)
      const counts = app.table('counts', { ...formats, default: () => 0 })
      app.handler('count', { source, outputs: [out], tables: { counts } }, async (_, event, tables) => {
        event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
      })
      return app
    }
    const first = worker()
    await first.start()
    await reached(first, 'running')
    await stage.cluster.produce(stage.named('in'), [{ key, value: 0 }])
    expect(await stage.cluster.read(stage.named('out'), 1)).toHaveLength(1)
    await stage.cluster.beginOutage()
    // What it could not tell the broker it may say.
    await first.stop().catch(() => undefined)
    expect(['stopped', 'failed']).toContain(first.state)
    await stage.cluster.endOutage()
    const second = worker()
    await second.start()
    await stage.cluster.produce(stage.named('in'), [{ key, value: 1 }])
    expect((await stage.cluster.read(stage.named('out'), 2)).map(({ value }) => value)).toEqual([1, 2])
  }, 60_000)
}
