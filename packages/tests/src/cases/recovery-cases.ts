import { json, type RecoveryEvent, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { reached, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }
const keys = [...keysOf(0, 2, 20), ...keysOf(1, 2, 20)]

/** Tables that come back from their changelogs. */
export function recoveryCases(cluster: () => Cluster): void {
  describe.each(['exactly_once', 'at_least_once'] as const)('under %s', (guarantee) => {
    const scene = async (configs: Readonly<Record<string, string>> = {}) => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      await stage.cluster.createTopic(`${stage.id}-counts-changelog`, 2, { 'cleanup.policy': 'compact', ...configs })
      /** Counts per key; the value -1 deletes the row. Every call is another process: nothing is kept but the log. */
      const worker = () => {
        const app = stage.app({ guarantee, settings: { commitIntervalMs: 10 } })
        const source = app.topic(stage.named('in'), formats)
        const out = app.topic(stage.named('out'), formats)
        const counts = app.table('counts', { ...formats, default: () => 0 })
        const recoveries: RecoveryEvent[] = []
        app.on('recovery', (event) => void recoveries.push(event))
        app.handler('count', { source, outputs: [out], tables: { counts } }, async (value, event, tables) => {
          if (value === -1) tables.counts.delete(event.key)
          else await tables.counts.update(event.key, (count) => count + 1)
          event.send(out, { key: event.key, value: await tables.counts.get(event.key) })
        })
        return { app, counts, recoveries }
      }
      const send = (of: readonly string[], value = 0) =>
        stage.cluster.produce(
          stage.named('in'),
          of.map((key) => ({ key, value })),
        )
      const last = async (count: number) =>
        new Map((await stage.cluster.read(stage.named('out'), count)).map(({ key, value }) => [key, value]))
      return { stage, worker, send, last }
    }

    it('a new worker has all rows, deleted ones not, and tells how recovery went', async () => {
      const { worker, send, last, stage } = await scene()
      const first = worker()
      await first.app.start()
      for (let round = 0; round < 3; round++) {
        await send(keys)
        await last(keys.length * (round + 1))
      }
      await send(keys.slice(0, 5), -1)
      await last(keys.length * 3 + 5)
      await first.app.stop()
      const second = worker()
      await second.app.start()
      await reached(second.app, 'running')
      for (const [index, key] of keys.entries()) expect(await second.counts.query(key)).toBe(index < 5 ? 0 : 3)
      const ends = second.recoveries.filter(({ phase }) => phase === 'end')
      expect(ends.map(({ partition }) => partition).toSorted()).toEqual([0, 1])
      for (const { position, endOffset, records, table } of ends) {
        expect(table).toBe('counts')
        expect(position).toBeGreaterThanOrEqual(endOffset)
        expect(records).toBeGreaterThanOrEqual(15)
      }
      expect(second.recoveries.filter(({ phase }) => phase === 'start')).toHaveLength(2)
      expect(second.recoveries.some(({ phase }) => phase === 'progress')).toBe(true)
      await send(keys)
      const after = await last(keys.length * 4 + 5)
      for (const [index, key] of keys.entries()) expect(after.get(key)).toBe(index < 5 ? 1 : 4)
      expect(stage.errors).toEqual([])
    })

    it('an empty changelog is recovered at once', async () => {
      const { worker, send, last } = await scene()
      const { app, recoveries } = worker()
      await app.start()
      await reached(app, 'running')
      expect(recoveries.filter(({ phase }) => phase === 'end').map(({ records }) => records)).toEqual([0, 0])
      await send(keys)
      expect((await last(keys.length)).get(keys[0]!)).toBe(1)
    })

    it('a changelog full of holes, a marker last, is recovered to its end', async () => {
      // The broker compacts as soon as it may: all but the last segment, and each row of this log is a segment or two.
      const { worker, send, last, stage } = await scene({
        'segment.bytes': '1048576',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'max.compaction.lag.ms': '100',
      })
      const first = worker()
      await first.app.start()
      for (let round = 0; round < 6; round++) {
        await send(keys)
        await last(keys.length * (round + 1))
      }
      await first.app.stop()
      stage.cluster.compact(`${stage.id}-counts-changelog`)
      const second = worker()
      await second.app.start()
      await reached(second.app, 'running')
      for (const key of keys) expect(await second.counts.query(key)).toBe(6)
    })
  })
}
