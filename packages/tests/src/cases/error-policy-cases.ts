import { deadLetter, type ErrorPolicy, type Guarantee, json, retry, skip, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { Gate } from './gate.ts'
import { failureOf, Stage, type StagedOptions } from './stage.ts'

const formats = { key: string(), value: json<number>() }
const [a, b] = keysOf(0, 2, 2) as [string, string]

/** What a record meets that fails, under both guarantees. */
export function errorPolicyCases(cluster: () => Cluster): void {
  describe.each(['exactly_once', 'at_least_once'] as const)('under %s', (guarantee) => policies(cluster, guarantee))
}

function policies(cluster: () => Cluster, guarantee: Guarantee): void {
  /** A handler that fails at the value 1, over the values 0 to 3. */
  const scene = async (onError: ErrorPolicy | undefined, fail: () => unknown, options: StagedOptions = {}) => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(
      stage.named('in'),
      [a, b, a, b].map((key, value) => ({ key, value, headers: [['own', Buffer.from('header')]] })),
    )
    const app = stage.app({ guarantee, ...options })
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), formats)
    const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
    let attempts = 0
    const policy = onError === undefined ? {} : { onError }
    app.handler(
      'failing',
      { source, outputs: [out], tables: { counts }, concurrency: 1, ...policy },
      async (value, event, tables) => {
        await tables.counts.update(a, (count) => count + 1)
        event.send(out, { key: event.key, value })
        if (value !== 1) return
        attempts++
        await fail()
      },
    )
    const values = async (count: number) =>
      (await stage.cluster.read(stage.named('out'), count)).map((one) => one.value)
    const committed = async () => (await stage.cluster.committed(stage.id, stage.named('in')))[0]
    return { stage, app, counts, values, committed, attempts: () => attempts }
  }
  const fails = (message: string) => () => {
    throw new Error(message)
  }

  it('stop, the default, commits what is below the record, leaves it, and fails the app with its cause', async () => {
    const { stage, app, values, committed } = await scene(undefined, fails('no good'))
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_HANDLER_FAILED',
      message: `"failing" (${stage.named('in')}-0, offset 1) failed: no good`,
      place: { app: stage.id, topic: stage.named('in'), partition: 0, offset: 1, consumer: 'failing' },
    })
    await app.stop()
    expect(app.state).toBe('failed')
    expect(await values(1)).toEqual([0])
    expect(await committed()).toBe(1)
    expect((await stage.cluster.fold(`${stage.id}-counts-changelog`)).get(a)).toBe(1)
  })

  it('skip counts the record as done, with no effects of it', async () => {
    const { stage, app, counts, values } = await scene(skip(), fails('skipped'))
    await app.start()
    expect(await values(3)).toEqual([0, 2, 3])
    await expect.poll(() => counts.query(a)).toBe(3)
    expect(stage.errors.map(({ consequence }) => consequence)).toEqual(['skip'])
  })

  it('retry tries again in a fresh scope, in order, and then hands over to the next policy', async () => {
    const onError = retry({ attempts: 3, backoffMs: 1, then: skip() })
    const { stage, app, counts, values, attempts } = await scene(onError, fails('again'))
    await app.start()
    expect(await values(3)).toEqual([0, 2, 3])
    expect(attempts()).toBe(3)
    await expect.poll(() => counts.query(a)).toBe(3)
    expect(stage.errors.map(({ consequence }) => consequence)).toEqual(['retry', 'retry', 'skip'])
  })

  it('a record that succeeds at a later attempt leaves the effects of that one alone', async () => {
    let left = 2
    const { app, counts, values } = await scene(retry({ attempts: 5, backoffMs: 1 }), () => {
      if (left-- > 0) throw new Error('not yet')
    })
    await app.start()
    expect(await values(4)).toEqual([0, 1, 2, 3])
    await expect.poll(() => counts.query(a)).toBe(4)
  })

  it('deadLetter keeps key, value and headers, and says where the record came from and why it failed', async () => {
    const onError = retry({ attempts: 2, backoffMs: 1, then: deadLetter() })
    const { stage, app, values } = await scene(onError, fails('poison'))
    await app.start()
    expect(await values(3)).toEqual([0, 2, 3])
    const [letter, ...more] = await stage.cluster.read(`${stage.id}-dead-letter`, 1)
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      key: b,
      value: 1,
      headers: {
        own: 'header',
        'stream.error.code': 'STREAM_HANDLER_FAILED',
        'stream.error.source.topic': stage.named('in'),
        'stream.error.source.partition': '0',
        'stream.error.source.offset': '1',
        'stream.error.attempts': '2',
        'stream.error.consumer': 'failing',
      },
    })
    expect(letter!.headers['stream.error.message']).toContain('poison')
  })

  it.each([
    ['undefined', undefined, 'undefined was thrown'],
    ['a string', 'text', 'text'],
    ['an object', { code: 7 }, 'object was thrown: {"code":7}'],
    ['null', null, 'object was thrown: null'],
  ])('what was thrown may be anything: %s', async (_, thrown, sentence) => {
    const { stage, app } = await scene(undefined, () => Promise.reject(thrown))
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_HANDLER_FAILED',
      message: `"failing" (${stage.named('in')}-0, offset 1) failed: ${sentence}`,
    })
  })

  it('a record that cannot be decoded meets the policy at once; its dead letter holds the raw bytes', async () => {
    const onError = retry({ attempts: 5, backoffMs: 1, then: deadLetter() })
    const { stage, app, values, attempts } = await scene(onError, () => undefined)
    const raw = Buffer.from([0x7b, 0xff, 0x00, 0x22])
    await stage.cluster.produce(stage.named('in'), [
      { key: a, value: raw },
      { key: a, value: 9 },
    ])
    await app.start()
    expect(await values(5)).toEqual([0, 1, 2, 3, 9])
    const [letter] = await stage.cluster.read(`${stage.id}-dead-letter`, 1)
    expect(Buffer.from(letter!.bytes.value!)).toEqual(raw)
    expect(letter!.headers).toMatchObject({
      'stream.error.code': 'STREAM_DESERIALIZATION_FAILED',
      'stream.error.source.offset': '4',
      'stream.error.attempts': '1',
    })
    expect(letter!.headers['stream.error.message']).toMatch(
      /offset 4\): The value of a record could not be decoded by json: .*not valid UTF-8/,
    )
    expect(attempts()).toBe(1)
  })

  it('an undecodable record under stop fails the app with its place', async () => {
    const { stage, app } = await scene(undefined, () => undefined)
    await stage.cluster.produce(stage.named('in'), [{ key: a, value: Buffer.from('{') }])
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_DESERIALIZATION_FAILED',
      message: expect.stringMatching(
        /"failing" \(.*in-0, offset 4\): The value of a record could not be decoded by json: .*not JSON/,
      ),
      place: { topic: stage.named('in'), partition: 0, offset: 4 },
    })
  })

  it('a handler that never settles fails the app loudly, naming record and remedy', async () => {
    const never = new Gate()
    const settings = { progressTimeoutMs: 1_500, drainTimeoutMs: 100 }
    const { stage, app, committed } = await scene(undefined, () => never.pass(), { settings })
    const failed = failureOf(app)
    await app.start()
    expect(await failed).toMatchObject({
      code: 'STREAM_TASK_STALLED',
      message: expect.stringMatching(
        /in-0 makes no progress: the record at offset 1 has been in work for .* \(progressTimeoutMs 1500\)\..*pass them event\.signal/,
      ),
      place: { topic: stage.named('in'), partition: 0, offset: 1, consumer: 'failing' },
    })
    expect(await committed()).toBe(1)
  })

  it('when one task stops, the others drain: what they had in flight is committed', async () => {
    const slow = new Gate()
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const [other] = keysOf(1, 2, 1) as [string]
    await stage.cluster.produce(stage.named('in'), [
      { key: a, value: 0 },
      { key: other, value: 1 },
    ])
    const app = stage.app({ guarantee })
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), formats)
    const begun = new Gate()
    app.handler('two-tasks', { source, outputs: [out] }, async (value, event) => {
      if (value === 0) {
        await begun.pass()
        throw new Error('first task')
      }
      begun.open()
      await slow.pass()
      event.send(out, { key: event.key, value })
    })
    app.on('state', ({ to }) => {
      if (to === 'draining') slow.open()
    })
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect((await failed).message).toContain('first task')
    await app.stop()
    expect((await stage.cluster.read(stage.named('out'))).map(({ value }) => value)).toEqual([1])
    expect(await stage.cluster.committed(stage.id, stage.named('in'))).toEqual([undefined, 1])
  })

  it('a stream has a policy of its own', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(
      stage.named('in'),
      [0, 1, 2].map((value) => ({ key: a, value })),
    )
    const app = stage.app({ guarantee })
    const out = app.topic(stage.named('out'), formats)
    app
      .stream(app.topic(stage.named('in'), formats), { name: 'checked', onError: skip() })
      .map((value, { key }) => {
        if (value === 1) throw new Error('odd')
        return [key, value] as const
      })
      .to(out)
    await app.start()
    expect((await stage.cluster.read(stage.named('out'), 2)).map(({ value }) => value)).toEqual([0, 2])
    expect(stage.errors).toMatchObject([
      {
        consequence: 'skip',
        error: { code: 'STREAM_HANDLER_FAILED', message: expect.stringMatching(/^"checked" .*odd/) },
      },
    ])
  })

  it('an app that a record has stopped leaves its group: another worker has the partitions at once', async () => {
    const sessionTimeoutMs = 25_000
    const { stage, app } = await scene(undefined, fails('no good'), { settings: { sessionTimeoutMs } })
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    await failed
    const heir = stage.app({ guarantee, settings: { sessionTimeoutMs } })
    const counts = heir.table('counts', { key: string(), value: json<number>() })
    const source = heir.topic(stage.named('in'), formats)
    heir.handler('failing', { source, tables: { counts } }, () => undefined)
    await heir.start()
    // Well before the session of the first one would be over.
    await expect.poll(() => heir.tasks().length, { timeout: 15_000 }).toBe(2)
  })
}
