import { json, retry, string } from '@stream/core'
import { expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { Counter, Gate } from './gate.ts'
import { Stage } from './stage.ts'

/** Channels: messages between the consumers of one task, part of the record that sent them. */
export function channelCases(cluster: () => Cluster): void {
  const scene = async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const keys = keysOf(1, 2, 3)
    await stage.cluster.produce(
      stage.named('in'),
      keys.map((key, value) => ({ key, value })),
    )
    const make = () => {
      const app = stage.app({ settings: { drainTimeoutMs: 200 } })
      const source = app.topic(stage.named('in'), { key: string(), value: json<number>() })
      const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
      const between = app.channel<string, { readonly n: number; readonly from: object }>('between')
      return { app, source, out, between }
    }
    return { stage, make, ...make() }
  }

  it('a message arrives in order, as the very object that was sent', async () => {
    const { stage, app, source, out, between } = await scene()
    const from = {}
    app.handler('sender', { source, outputs: [between] }, (n, event) =>
      event.send(between, { key: event.key, value: { n, from } }),
    )
    app.agent('receiver', { source: between, outputs: [out] }, async (events) => {
      for await (const event of events.events()) {
        event.send(out, { key: event.key, value: [event.value.n, event.value.from === from, event.offset] })
      }
    })
    await app.start()
    expect((await stage.cluster.read(stage.named('out'), 3)).map(({ value }) => value)).toEqual([
      [0, true, 0],
      [1, true, 1],
      [2, true, 2],
    ])
  })

  it('its record is in flight until the message is done, and makes it again when it is processed again', async () => {
    const { stage, make, app, source, out, between } = await scene()
    const never = new Gate()
    const begun = new Counter()
    app.handler('sender', { source, outputs: [between] }, (n, event) =>
      event.send(between, { key: event.key, value: { n, from: app } }),
    )
    app.handler('receiver', { source: between, outputs: [out], concurrency: 4 }, async (value, event) => {
      begun.add()
      if (value.n === 1) await never.pass()
      event.send(out, { key: event.key, value: value.n })
    })
    await app.start()
    await begun.reach(3)
    expect((await stage.cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([0])
    // The drain has a deadline: the record of message 1 is given up, with what came behind it.
    await app.stop()
    expect((await stage.cluster.committed(stage.id, stage.named('in')))[1]).toBe(1)
    const again = make()
    again.app.handler('sender', { source: again.source, outputs: [again.between] }, (n, event) =>
      event.send(again.between, { key: event.key, value: { n, from: app } }),
    )
    again.app.handler('receiver', { source: again.between, outputs: [again.out] }, (value, event) =>
      event.send(again.out, { key: event.key, value: value.n }),
    )
    await again.app.start()
    expect((await stage.cluster.read(stage.named('out'), 3)).map(({ value }) => value)).toEqual([0, 1, 2])
  })

  it('a message whose receiver fails meets the policy of the receiver, with the place of its record', async () => {
    const { stage, app, source, out, between } = await scene()
    let failures = 0
    app.handler('sender', { source, outputs: [between] }, (n, event) =>
      event.send(between, { key: event.key, value: { n, from: app } }),
    )
    const onError = retry({ attempts: 3, backoffMs: 1 })
    app.handler('receiver', { source: between, outputs: [out], onError }, (value, event) => {
      event.send(out, { key: event.key, value: value.n })
      if (value.n === 1 && failures++ < 2) throw new Error('twice')
    })
    await app.start()
    const received = await stage.cluster.read(stage.named('out'), 3)
    expect(received.map(({ value }) => value).toSorted()).toEqual([0, 1, 2])
    expect(stage.errors).toHaveLength(2)
    expect(stage.errors[0]!.error).toMatchObject({
      code: 'STREAM_HANDLER_FAILED',
      message: expect.stringMatching(/"receiver" \(.*in-1, offset 1\) failed: twice/),
    })
  })
}
