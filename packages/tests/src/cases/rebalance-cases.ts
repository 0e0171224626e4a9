import { type App, json, type RebalanceEvent, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { Counter, Gate } from './gate.ts'
import { reached, Stage, type StagedOptions } from './stage.ts'

const partitions = 4
const formats = { key: string(), value: json<number>() }
/** One key for every partition. */
const keys = [0, 1, 2, 3].map((partition) => keysOf(partition, partitions, 1)[0]!)

/** Several workers of one app. */
export function rebalanceCases(cluster: () => Cluster): void {
  const scene = async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), partitions)
    const calls: string[] = []
    /** A worker that counts per key; `hold` keeps the records with value 0 in work. */
    const worker = (options: StagedOptions = {}, hold?: { readonly gate: Gate; readonly begun: Counter }) => {
      const app = stage.app({ ...options, settings: { rebalanceTimeoutMs: 8_000, ...options.settings } })
      const source = app.topic(stage.named('in'), formats)
      const out = app.topic(stage.named('out'), formats)
      const counts = app.table('counts', { ...formats, default: () => 0 })
      const rebalances: RebalanceEvent[] = []
      app.on('rebalance', (event) => void rebalances.push(event))
      app.handler('count', { source, outputs: [out], tables: { counts } }, async (value, event, tables) => {
        calls.push(`${event.key}:${value}`)
        if (value === 0 && hold !== undefined) {
          hold.begun.add()
          await hold.gate.pass()
        }
        event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
      })
      return { app, rebalances, counts }
    }
    const send = (value: number) =>
      stage.cluster.produce(
        stage.named('in'),
        keys.map((key) => ({ key, value })),
      )
    const outputs = async (count: number) => {
      const found = await stage.cluster.read(stage.named('out'), count)
      return keys.map((key) => found.filter((one) => one.key === key).map(({ value }) => value))
    }
    return { stage, worker, send, outputs, calls }
  }
  const share = (app: App) => app.tasks().filter(({ state }) => state === 'running').length

  it('workers share the tasks, and a clean stop hands its share over at once', async () => {
    const { worker, send, outputs } = await scene()
    const [one, two, three] = [worker(), worker(), worker()]
    await one.app.start()
    await reached(one.app, 'running')
    await two.app.start()
    await expect.poll(() => [share(one.app), share(two.app)], { timeout: 15_000 }).toEqual([2, 2])
    await send(1)
    await outputs(4)
    await three.app.start()
    const shares = () => [one, two, three].map(({ app }) => share(app)).toSorted()
    await expect.poll(shares, { timeout: 15_000 }).toEqual([1, 1, 2])
    await send(2)
    await outputs(8)
    await two.app.stop()
    await expect.poll(() => [share(one.app), share(three.app)], { timeout: 5_000 }).toEqual([2, 2])
    await send(3)
    expect(await outputs(12)).toEqual(keys.map(() => [1, 2, 3]))
  }, 60_000)

  it('what is done and not yet committed is committed before it is handed over, not done again', async () => {
    const { stage, worker, send, outputs, calls } = await scene()
    const settings = { commitIntervalMs: 60_000 }
    const one = worker({ settings })
    await one.app.start()
    await send(1)
    await expect.poll(() => calls.length, { timeout: 10_000 }).toBe(4)
    expect(await stage.cluster.read(stage.named('out'))).toEqual([])
    const two = worker({ settings })
    await two.app.start()
    await expect.poll(() => [share(one.app), share(two.app)], { timeout: 15_000 }).toEqual([2, 2])
    await one.app.stop()
    expect(await outputs(4)).toEqual(keys.map(() => [1]))
    expect(calls).toHaveLength(4)
  }, 60_000)

  describe('a worker joins while records are in work', () => {
    it('tasks that stay where they are go on without doing anything again', async () => {
      const { stage, worker, send, outputs, calls } = await scene()
      const hold = { gate: new Gate(), begun: new Counter() }
      const one = worker({ settings: { rebalance: 'eager' } }, hold)
      await one.app.start()
      await send(0)
      await hold.begun.reach(4)
      const two = worker({ settings: { rebalance: 'eager' } })
      await two.app.start()
      await expect.poll(() => [share(one.app), share(two.app)], { timeout: 15_000 }).toEqual([2, 2])
      hold.gate.open()
      expect(await outputs(4)).toEqual(keys.map(() => [1]))
      // What moved was begun again by its new owner; what stayed was not.
      expect(calls).toHaveLength(6)
      expect(stage.errors).toEqual([])
    }, 60_000)
  })

  it('a worker with a kept id comes back into its tasks, and its peer notices nothing', async () => {
    const { worker, send, outputs } = await scene()
    const kept = { env: { STREAM_WORKER_ID: 'kept' }, settings: { leaveOnStop: false } }
    const peer = worker({ env: { STREAM_WORKER_ID: 'peer' } })
    await peer.app.start()
    await reached(peer.app, 'running')
    const first = worker(kept)
    await first.app.start()
    await expect.poll(() => [share(peer.app), share(first.app)], { timeout: 15_000 }).toEqual([2, 2])
    await send(1)
    await outputs(4)
    const before = peer.rebalances.length
    const tasks = first.app.tasks().map(({ task }) => task)
    await first.app.stop()
    const second = worker(kept)
    await second.app.start()
    await expect.poll(() => share(second.app), { timeout: 5_000 }).toBe(2)
    expect(
      second.app
        .tasks()
        .map(({ task }) => task)
        .toSorted(),
    ).toEqual(tasks.toSorted())
    await send(2)
    expect(await outputs(8)).toEqual(keys.map(() => [1, 2]))
    expect(peer.rebalances).toHaveLength(before)
  }, 60_000)

  it('rows are queried at the worker that owns them; the others name the partition', async () => {
    const { worker, send, outputs } = await scene()
    const [one, two] = [worker(), worker()]
    await one.app.start()
    await reached(one.app, 'running')
    await two.app.start()
    await expect.poll(() => [share(one.app), share(two.app)], { timeout: 15_000 }).toEqual([2, 2])
    await send(1)
    await outputs(4)
    for (const [partition, key] of keys.entries()) {
      const owner = one.app.tasks().some((task) => task.partition === partition) ? one : two
      const other = owner === one ? two : one
      await expect.poll(() => owner.counts.query(key)).toBe(1)
      await expect(other.counts.query(key)).rejects.toMatchObject({
        code: 'STREAM_NO_TASK',
        message: expect.stringMatching(
          `does not own partition ${partition} of table "counts".*ask the worker that does`,
        ),
        retryable: true,
      })
    }
  }, 60_000)
}

/** Where the transport rebalances cooperatively. */
export function cooperativeCases(cluster: () => Cluster): void {
  it('only partitions that move are revoked; the others never stop', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), partitions)
    const worker = () => {
      const app = stage.app({ settings: { rebalance: 'cooperative' } })
      const revoked: number[] = []
      const begun: string[] = []
      app.on('rebalance', ({ kind, partitions: gone }) => {
        if (kind !== 'assigned') revoked.push(...gone.map(({ partition }) => partition))
      })
      app.handler('h', { source: app.topic(stage.named('in'), formats) }, (_, event) => void begun.push(event.key))
      return { app, revoked, begun }
    }
    const one = worker()
    await one.app.start()
    await reached(one.app, 'running')
    const two = worker()
    await two.app.start()
    await expect.poll(() => [share(one.app), share(two.app)], { timeout: 10_000 }).toEqual([2, 2])
    const moved = two.app.tasks().map(({ partition }) => partition)
    expect(one.revoked.toSorted()).toEqual(moved.toSorted())
  })

  const share = (app: App) => app.tasks().filter(({ state }) => state === 'running').length
}
