import { crash, json, message, oneForAll, restart, retry, skip, string } from '@stream/core'
import { expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { failureOf, Stage } from './stage.ts'

const formats = { key: string(), value: json<number>() }

/** Agents: loops over their source. */
export function agentCases(cluster: () => Cluster): void {
  const scene = async (records: number = 6) => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const keys = keysOf(0, 2, 3)
    await stage.cluster.produce(
      stage.named('in'),
      Array.from({ length: records }, (_, n) => ({ key: keys[n % 3]!, value: n })),
    )
    const app = stage.app()
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
    const values = async (count: number) =>
      (await stage.cluster.read(stage.named('out'), count)).map((one) => one.value)
    return { stage, app, source, out, values, keys }
  }

  it('an agent gets the events of its task one after the other, in the order of the log', async () => {
    const { app, source, out, values } = await scene()
    let inHand = 0
    app.agent('loop', { source, outputs: [out] }, async (events) => {
      for await (const event of events.events()) {
        expect(++inHand).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        event.send(out, { key: event.key, value: event.offset })
        inHand--
      }
    })
    await app.start()
    expect(await values(6)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('values, events and pairs are three ways to read the same position', async () => {
    const { app, source, out, values, keys } = await scene()
    app.agent('loop', { source, sinks: [out] }, async function* (events) {
      const first = await events[Symbol.asyncIterator]().next()
      yield ['value', first.value]
      const second = await events.items().next()
      yield ['item', second.value]
      for await (const event of events.events()) yield ['event', event.value]
    })
    await app.start()
    const [first, second, third] = await values(6)
    expect([first, second, third]).toEqual([
      ['value', 0],
      ['item', [keys[1], 1]],
      ['event', 2],
    ])
  })

  it('what a generator yields goes to all its sinks: topics, agents, functions', async () => {
    const { stage, app, source, out, values } = await scene(3)
    const next = app.channel<string, number>('next')
    const calls: unknown[] = []
    const receiver = app.agent('receiver', { source: next, outputs: [out] }, async (events) => {
      for await (const event of events.events()) event.send(out, { key: event.key, value: ['received', event.value] })
    })
    const plain = app.topic(stage.named('plain'), formats)
    app.agent(
      'sender',
      { source, sinks: [plain, receiver, (value) => void calls.push(value)] },
      async function* (events) {
        for await (const value of events) yield value === 1 ? message({ key: 'own', value: 10 }) : value
      },
    )
    await app.start()
    expect(new Set(await values(3))).toEqual(new Set([0, 10, 2].map((value) => ['received', value])))
    const sent = await stage.cluster.read(stage.named('plain'), 3)
    expect(sent.find(({ value }) => value === 10)?.key).toBe('own')
    expect(calls).toEqual([0, 10, 2])
  })

  it.each([
    ['break', 'break'],
    ['return', 'return'],
  ])('%s ends the agent, which ends the app and says so', async (_, way) => {
    const { app, source } = await scene()
    app.agent('quitter', { source }, async (events) => {
      for await (const _value of events) {
        if (way === 'return') return
        break
      }
    })
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_AGENT_ENDED',
      message: expect.stringMatching(
        /Agent "quitter" in task .*in_0 returned while its task goes on; let its "for await" run/,
      ),
    })
    expect(app.state).toBe('failed')
  })

  it('a throw meets the error policy, and the next attempt finds a new loop', async () => {
    const { app, source, out, values } = await scene()
    let loops = 0
    const tried: number[] = []
    const onError = retry({ attempts: 3, backoffMs: 1, then: skip() })
    app.agent(
      'thrower',
      { source, outputs: [out], onError, supervision: restart({ backoffMs: 1 }) },
      async (events) => {
        loops++
        for await (const event of events.events()) {
          event.send(out, { key: event.key, value: event.value })
          if (event.value === 2) tried.push(event.value)
          if (event.value === 2) throw new Error('two')
        }
      },
    )
    await app.start()
    expect(await values(5)).toEqual([0, 1, 3, 4, 5])
    expect(tried).toHaveLength(3)
    // The other partition has no records, so nothing ran there.
    expect(loops).toBe(4)
  })

  it('under crash() the first throw fails the app, right after the record has met its policy', async () => {
    const { app, source, stage } = await scene()
    app.agent('fragile', { source, onError: skip(), supervision: crash() }, async (events) => {
      for await (const value of events) if (value === 1) throw new Error('fragile')
    })
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect((await failed).message).toContain('fragile')
    expect(stage.errors.map(({ consequence }) => consequence)).toContain('skip')
    await app.stop()
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[0]).toBeGreaterThanOrEqual(1)
  })

  it('under oneForAll the loops of a task that share a supervision are replaced together', async () => {
    const { app, source, out, values } = await scene()
    const supervision = oneForAll()
    const starts = { one: 0, other: 0 }
    let threes = 0
    app.agent('one', { source, onError: retry({ attempts: 2, backoffMs: 1 }), supervision }, async (events) => {
      starts.one++
      for await (const value of events) if (value === 3 && ++threes === 1) throw new Error('once')
    })
    app.agent('other', { source, outputs: [out], supervision }, async (events) => {
      starts.other++
      for await (const event of events.events()) event.send(out, { key: event.key, value: event.value })
    })
    await app.start()
    expect(await values(6)).toEqual([0, 1, 2, 3, 4, 5])
    expect(starts).toEqual({ one: 2, other: 2 })
  })
}
