import { json, string } from '@stream/core'
import { expect, it } from 'vitest'
import { type Cluster, type GivenRecord, keysOf } from '../cluster/index.ts'
import { Counter, Gate } from './gate.ts'
import { failureOf, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }

/** Handlers: one call per event, in order per key, many keys at once. */
export function handlerCases(cluster: () => Cluster): void {
  const scene = async (records: readonly GivenRecord[]) => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(stage.named('in'), records)
    const app = stage.app()
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
    return { stage, app, source, out }
  }
  const [a, b, c] = keysOf(0, 2, 3) as [string, string, string]

  it('many keys are in work at once, up to the concurrency', async () => {
    const keys = keysOf(0, 2, 8)
    const { app, source } = await scene(keys.map((key, value) => ({ key, value })))
    const gate = new Gate()
    const begun = new Counter()
    const done = new Counter()
    app.handler('parallel', { source, concurrency: 5 }, async () => {
      begun.add()
      await gate.pass()
      done.add()
    })
    await app.start()
    await begun.reach(5)
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun.count).toBe(5)
    gate.open()
    await done.reach(8)
  })

  it('events of one key run one after the other, in the order of the log; others overtake them', async () => {
    const { stage, app, source, out } = await scene([
      { key: a, value: 0 },
      { key: a, value: 1 },
      { key: b, value: 2 },
      { key: a, value: 3 },
    ])
    const slow = new Gate()
    const order: number[] = []
    app.handler('ordered', { source, outputs: [out], concurrency: 8 }, async (value, event) => {
      if (value === 0) await slow.pass()
      order.push(value)
      event.send(out, { key: event.key, value })
      if (value === 2) slow.open()
      await null
    })
    await app.start()
    const sent = await stage.cluster.read(stage.named('out'), 4)
    expect(order).toEqual([2, 0, 1, 3])
    expect(sent.filter(({ key }) => key === a).map(({ value }) => value)).toEqual([0, 1, 3])
  })

  it('with concurrency 1 all events run in the order of the log', async () => {
    const { stage, app, source, out } = await scene([a, b, c, a].map((key, value) => ({ key, value })))
    app.handler('single', { source, outputs: [out], concurrency: 1 }, async (value, event) => {
      await new Promise((resolve) => setTimeout(resolve, 4 - value))
      event.send(out, { key: event.key, value })
    })
    await app.start()
    expect((await stage.cluster.read(stage.named('out'), 4)).map(({ value }) => value)).toEqual([0, 1, 2, 3])
  })

  it('a record whose rows another one changed meanwhile runs again, and nothing is lost', async () => {
    const keys = keysOf(0, 2, 20)
    const { stage, app, source, out } = await scene(keys.map((key, value) => ({ key, value })))
    const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
    let calls = 0
    const total = a
    app.handler(
      'conflicting',
      { source, outputs: [out], tables: { counts }, concurrency: 20 },
      async (_, event, tables) => {
        calls++
        const seen = await tables.counts.get(total)
        await new Promise((resolve) => setImmediate(resolve))
        tables.counts.set(total, seen + 1)
        event.send(out, { key: event.key, value: seen + 1 })
      },
    )
    await app.start()
    const sent = await stage.cluster.read(stage.named('out'), 20)
    const values = sent.map(({ value }) => value as number)
    expect(values.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    await expect.poll(() => counts.query(total)).toBe(20)
    expect(calls).toBeGreaterThan(20)
    expect(stage.errors).toEqual([])
  })

  it('what has to run alone holds up other consumers only for as long as it runs', async () => {
    const keys = keysOf(0, 2, 12)
    const { stage, app, source, out } = await scene(keys.map((key, value) => ({ key, value })))
    const totals = app.table('totals', { key: string(), value: json<number>(), default: () => 0 })
    // All conflict with each other, so that most of them run alone in the end.
    app.handler('conflicting', { source, tables: { totals } }, async (_value, _event, tables) => {
      const seen = await tables.totals.get(a)
      await new Promise((resolve) => setTimeout(resolve, 2))
      tables.totals.set(a, seen + 1)
    })
    app.handler('patient', { source, outputs: [out], concurrency: 3 }, async (value, event) => {
      await new Promise((resolve) => setTimeout(resolve, 7))
      event.send(out, { key: event.key, value })
    })
    await app.start()
    expect(await stage.cluster.read(stage.named('out'), 12)).toHaveLength(12)
    await expect.poll(() => totals.query(a)).toBe(12)
  })

  it('a slow record holds back the offset, not the others: what is done below is committed', async () => {
    const { stage, app, source, out } = await scene([a, b, c].map((key, value) => ({ key, value })))
    const slow = new Gate()
    const done = new Counter()
    app.handler('straggler', { source, outputs: [out], concurrency: 8 }, async (value, event) => {
      if (value === 1) await slow.pass()
      event.send(out, { key: event.key, value })
      done.add()
    })
    await app.start()
    expect((await stage.cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([0])
    await done.reach(2)
    slow.open()
    expect((await stage.cluster.read(stage.named('out'), 3)).map(({ value }) => value).toSorted()).toEqual([0, 1, 2])
    await app.stop()
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[0]).toBe(3)
  })

  it('a send to a topic that was not declared is refused with the remedy', async () => {
    const { app, source, out } = await scene([{ key: a, value: 0 }])
    app.handler('silent', { source }, (value, event) => event.send(out, { key: event.key, value }))
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_TOPIC_NOT_DECLARED',
      message: expect.stringMatching(
        /"silent" used the topic ".*out", which it did not declare; add it to its option "outputs"/,
      ),
    })
  })

  it('an event is dead after its record is complete: a late send says so', async () => {
    const { app, source, out } = await scene([{ key: a, value: 0 }])
    const late = new Gate()
    let refusal: unknown
    const refused = new Counter()
    app.handler('careless', { source, outputs: [out] }, (value, event) => {
      void late.pass().then(() => {
        try {
          event.send(out, { key: event.key, value })
        } catch (thrown) {
          refusal = thrown
        }
        refused.add()
      })
    })
    await app.start()
    await expect.poll(() => app.tasks().length).toBe(2)
    late.open()
    await refused.reach(1)
    expect(refusal).toMatchObject({
      code: 'STREAM_HANDLE_EXPIRED',
      message: expect.stringMatching(
        /"careless" used an event or table after its record was complete .*; await all work/,
      ),
    })
  })

  it('a record without a key is processed, with the key null', async () => {
    const { stage, app, source, out } = await scene([{ key: null, value: 7 }])
    app.handler('keyless', { source, outputs: [out] }, (value, event) => event.send(out, { value: [event.key, value] }))
    await app.start()
    expect(await stage.cluster.read(stage.named('out'), 1)).toMatchObject([{ key: null, value: [null, 7] }])
  })

  it('an event is forwarded as it is, with its key, headers and timestamp, or with what is changed of it', async () => {
    const timestamp = Date.now() - 1_000
    const headers = [['own', Buffer.from('header')]] as const
    const { stage, app, source, out } = await scene([{ key: a, value: 7, timestamp, headers }])
    app.handler('post', { source, outputs: [out] }, (_, event) => {
      event.forward(out)
      event.forward(out, { value: 8, headers: [], timestamp: timestamp + 1 })
    })
    await app.start()
    expect(await stage.cluster.read(stage.named('out'), 2)).toMatchObject([
      { key: a, value: 7, headers: { own: 'header' }, timestamp },
      { key: a, value: 8, headers: {}, timestamp: timestamp + 1 },
    ])
  })
}
