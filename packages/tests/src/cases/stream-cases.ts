import { json, string } from '@stream/core'
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/index.ts'
import { Stage } from './stage.ts'

interface Flight {
  readonly origin: string
  readonly delay: number
}

const flights: readonly { readonly key: string; readonly value: Flight }[] = [
  { key: 'f1', value: { origin: 'LAX', delay: 5 } },
  { key: 'f2', value: { origin: 'SFO', delay: -3 } },
  { key: 'f3', value: { origin: 'LAX', delay: 40 } },
  { key: 'f4', value: { origin: 'JFK', delay: 0 } },
]
const formats = { key: string(), value: json<Flight>() }

/** Operators of streams, from one topic to another. */
export function streamCases(cluster: () => Cluster): void {
  const scene = async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(stage.named('in'), flights)
    const app = stage.app()
    const source = app.topic(stage.named('in'), formats)
    const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
    return { stage, app, source, out, stream: app.stream(source) }
  }
  const pairs = async (stage: Stage, count: number, topic: string = 'out') => {
    const records = await stage.cluster.read(stage.named(topic), count)
    return records.map(({ key, value }) => [key, value] as const).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
  }

  describe.each([
    ['sync', <T>(value: T): T | Promise<T> => value],
    ['async', async <T>(value: T): Promise<T> => value],
  ] as const)('with %s callbacks', (_, later) => {
    it('map changes keys and values', async () => {
      const { stage, app, stream, out } = await scene()
      stream.map((flight, event) => later([`${event.key}!`, flight.delay] as const)).to(out)
      await app.start()
      expect(await pairs(stage, 4)).toEqual([
        ['f1!', 5],
        ['f2!', -3],
        ['f3!', 40],
        ['f4!', 0],
      ])
    })

    it('mapValues keeps the key, filter lets through what is answered with true', async () => {
      const { stage, app, stream, out } = await scene()
      stream
        .filter((flight) => later(flight.delay > 0))
        .mapValues((flight) => later(flight.delay * 2))
        .to(out)
      await app.start()
      expect(await pairs(stage, 2)).toEqual([
        ['f1', 10],
        ['f3', 80],
      ])
    })

    it('flatMap gives any number of pairs, in their order', async () => {
      const { stage, app, stream, out } = await scene()
      const both = (flight: Flight, key: string) => [['a', key] as const, ['a', flight.delay] as const]
      const pairsOf = (flight: Flight, key: string): readonly (readonly [string, unknown])[] =>
        flight.delay > 0 ? both(flight, key) : []
      stream.flatMap<string, unknown>((flight, event) => later(pairsOf(flight, event.key))).to(out)
      await app.start()
      const found = await stage.cluster.read(stage.named('out'), 4)
      const values = found.map(({ value }) => value)
      for (const [key, delay] of [
        ['f1', 5],
        ['f3', 40],
      ] as const) {
        expect(values.slice(values.indexOf(key), values.indexOf(key) + 2)).toEqual([key, delay])
      }
    })

    it('peek and forEach see every event, and change none', async () => {
      const { stage, app, stream, out } = await scene()
      const peeked: string[] = []
      const ended: string[] = []
      const passed = stream.peek((_value, event) => later(peeked.push(event.key)))
      passed.forEach(async (flight) => {
        await later(ended.push(flight.origin))
      })
      passed.to(out)
      await app.start()
      expect(await pairs(stage, 4)).toEqual(flights.map(({ key, value }) => [key, value]))
      expect(peeked.toSorted()).toEqual(['f1', 'f2', 'f3', 'f4'])
      expect(ended.toSorted()).toEqual(['JFK', 'LAX', 'LAX', 'SFO'])
    })

    it('selectKey changes the key and nothing else', async () => {
      const { stage, app, stream, out } = await scene()
      stream.selectKey((flight) => later(flight.origin)).to(out)
      await app.start()
      expect(await pairs(stage, 4)).toEqual([
        ['JFK', flights[3]!.value],
        ['LAX', flights[2]!.value],
        ['LAX', flights[0]!.value],
        ['SFO', flights[1]!.value],
      ])
    })

    it('groupBy brings equal keys together in one partition, for a table to count', async () => {
      const { stage, app, stream, out } = await scene()
      const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
      const byOrigin = stream.groupBy('by-origin', (flight) => later(flight.origin))
      app.agent('count', { source: byOrigin, tables: { counts }, outputs: [out] }, async (events, tables) => {
        for await (const event of events.events()) {
          const value = await tables.counts.update(event.key, (count) => count + 1)
          event.send(out, { key: event.key, value })
        }
      })
      await app.start()
      expect(await pairs(stage, 4)).toEqual([
        ['JFK', 1],
        ['LAX', 1],
        ['LAX', 2],
        ['SFO', 1],
      ])
      await expect.poll(() => counts.query('LAX')).toBe(2)
      const regrouped = await stage.cluster.read(`${stage.id}-by-origin-repartition`)
      expect(new Set(regrouped.filter(({ key }) => key === 'LAX').map(({ partition }) => partition)).size).toBe(1)
    })
  })

  it('several branches start from one stream; what they share runs once per event', async () => {
    const { stage, app, stream, out } = await scene()
    const late = app.topic(stage.named('late'), { key: string(), value: json() })
    let calls = 0
    const delays = stream.mapValues((flight) => {
      calls++
      return flight.delay
    })
    delays.filter((delay) => delay > 0).to(late)
    delays.to(out)
    await app.start()
    expect(await pairs(stage, 4)).toEqual([
      ['f1', 5],
      ['f2', -3],
      ['f3', 40],
      ['f4', 0],
    ])
    expect(await pairs(stage, 2, 'late')).toEqual([
      ['f1', 5],
      ['f3', 40],
    ])
    expect(calls).toBe(4)
  })

  it('headers and timestamps go with the event', async () => {
    const { stage, app, stream, out } = await scene()
    const headers = [['trace', Buffer.from('42')]] as const
    const timestamp = Date.now() - 12_345
    await stage.cluster.produce(stage.named('in'), [{ key: 'h', value: { origin: 'H', delay: 1 }, headers, timestamp }])
    stream
      .filter((flight) => flight.origin === 'H')
      .mapValues((flight) => flight.delay)
      .groupBy('again', () => 'k', { value: json<number>() })
      .to(out)
    await app.start()
    const [record] = await stage.cluster.read(stage.named('out'), 1)
    expect(record).toMatchObject({ key: 'k', value: 1, headers: { trace: '42' }, timestamp })
  })

  it('through writes to a topic and goes on with what is read from there', async () => {
    const { stage, app, stream, out } = await scene()
    const middle = app.topic(stage.named('middle'), { key: string(), value: json<number>() })
    stream
      .mapValues((flight) => flight.delay)
      .through(middle)
      .mapValues((delay) => delay + 1)
      .to(out)
    await app.start()
    expect(await pairs(stage, 4)).toEqual([
      ['f1', 6],
      ['f2', -2],
      ['f3', 41],
      ['f4', 1],
    ])
    expect(await pairs(stage, 4, 'middle')).toHaveLength(4)
  })

  it('repartition topics are purged below the committed offsets', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(stage.named('in'), flights)
    const app = stage.app({ settings: { repartitionPurgeIntervalMs: 50 } })
    const seen: string[] = []
    app
      .stream(app.topic(stage.named('in'), formats))
      .groupBy('by-origin', (flight) => flight.origin)
      .forEach((flight) => {
        seen.push(flight.origin)
      })
    await app.start()
    const topic = `${stage.id}-by-origin-repartition`
    const isPurged = async () => seen.length === 4 && (await stage.cluster.read(topic)).length === 0
    await expect.poll(isPurged, { timeout: 10_000, interval: 50 }).toBe(true)
  })

  it('a groupBy that selects nothing fails the event with the remedy', async () => {
    const { stage, app, stream } = await scene()
    stream.groupBy('nothing', () => undefined as never).forEach(() => {})
    await app.start()
    await expect
      .poll(() => app.failure, { timeout: 10_000 })
      .toMatchObject({
        code: 'STREAM_KEY_INVALID',
        message: expect.stringMatching(
          /groupBy "nothing" selected undefined as the key of .*; filter such events out first, or select another key/,
        ),
      })
    expect(stage.errors.at(-1)).toMatchObject({ consequence: 'app-failed' })
  })
}
