import { describe, expect, it } from 'vitest'
import { StreamError } from '../../src/errors/index.ts'
import { json, long, string } from '../../src/serde/index.ts'
import { compileChain, type Stream, StreamGraph, streamSource } from '../../src/stream/index.ts'
import { type ConsumerDeclaration, declareTopic } from '../../src/topology/index.ts'
import { RecordedEvent, type Sent } from './recorded-event.ts'

interface Flight {
  readonly origin: string
  readonly delay: number
}

const flights = declareTopic('flights', { key: string(), value: json<Flight>() })
const alerts = declareTopic('alerts', { key: string(), value: json<Flight>() })
const numbers = declareTopic('numbers', { key: string(), value: json<number>() })
const ignore = (): void => undefined
const task = { task: 'flights_0', partition: 0, fail: () => undefined }

function graphOf(): StreamGraph {
  return new StreamGraph('app', () => undefined)
}

function onlyConsumer(graph: StreamGraph): ConsumerDeclaration {
  const consumers = graph.consumers()
  expect(consumers).toHaveLength(1)
  return consumers[0]!
}

/** Runs one event; the answer is a promise exactly where the chain had to wait. */
function run<K, V>(graph: StreamGraph, event: RecordedEvent<K, V>): void | Promise<void> {
  return onlyConsumer(graph).create(task).process(event)
}

function sentBy(declare: (stream: Stream<string, Flight>) => void, value: Flight, key = 'k'): readonly Sent[] {
  const graph = graphOf()
  declare(graph.stream(flights))
  const event = new RecordedEvent(key, value)
  expect(run(graph, event)).toBeUndefined()
  return event.sent.map(({ to, key, value }) => ({ to, key, value }))
}

const late: Flight = { origin: 'BOS', delay: 90 }

describe('operators', () => {
  it('map changes key and value', () => {
    expect(sentBy((s) => s.map((f) => [f.origin, f.delay]).to(numbers), late)).toEqual([
      { to: 'numbers', key: 'BOS', value: 90 },
    ])
  })
  it('mapValues keeps the key', () => {
    expect(sentBy((s) => s.mapValues((f) => f.delay + 1).to(numbers), late)).toEqual([
      { to: 'numbers', key: 'k', value: 91 },
    ])
  })
  it('selectKey keeps the value', () => {
    expect(sentBy((s) => s.selectKey((f) => f.origin).to(alerts), late)).toEqual([
      { to: 'alerts', key: 'BOS', value: late },
    ])
  })
  it('filter lets through what is answered with true', () => {
    const declare = (s: Stream<string, Flight>): void => s.filter((f) => f.delay > 60).to(alerts)
    expect(sentBy(declare, late)).toHaveLength(1)
    expect(sentBy(declare, { ...late, delay: 5 })).toHaveLength(0)
  })
  it.each([
    ['an array', (f: Flight) => [['a', f.delay] as const, ['b', 2] as const]],
    ['a set', (f: Flight) => new Set([['a', f.delay] as const, ['b', 2] as const])],
    [
      'a generator',
      function* (f: Flight) {
        yield ['a', f.delay] as const
        yield ['b', 2] as const
      },
    ],
  ])('flatMap gives every pair of %s in order', (_what, fn) => {
    expect(sentBy((s) => s.flatMap(fn).to(numbers), late)).toEqual([
      { to: 'numbers', key: 'a', value: 90 },
      { to: 'numbers', key: 'b', value: 2 },
    ])
  })
  it('flatMap waits for async generators, pair by pair', async () => {
    const graph = graphOf()
    const seen: string[] = []
    graph
      .stream(flights)
      .flatMap(async function* (f) {
        yield [f.origin, 1]
        seen.push('between')
        yield [f.origin, 2]
      })
      .forEach((n) => {
        seen.push(`got ${n}`)
      })
    await run(graph, new RecordedEvent('k', late))
    expect(seen).toEqual(['got 1', 'between', 'got 2'])
  })
  it('peek and forEach see the event as it is there', () => {
    const graph = graphOf()
    const seen: unknown[] = []
    graph
      .stream(flights)
      .peek((f, event) => seen.push([event.key, f.delay]))
      .map((f) => [f.origin, f.delay])
      .peek((n, event) => seen.push([event.key, event.value === n]))
      .forEach((n, event) => {
        seen.push([event.key, n, event.offset])
      })
    run(graph, new RecordedEvent('k', late))
    expect(seen).toEqual([
      ['k', 90],
      ['BOS', true],
      ['BOS', 90, 7],
    ])
  })
  it('that send pass headers and timestamp on', () => {
    const graph = graphOf()
    graph
      .stream(flights)
      .mapValues((f) => f.delay)
      .to(numbers)
    const event = new RecordedEvent('k', late)
    run(graph, event)
    expect(event.sent).toEqual([{ to: 'numbers', key: 'k', value: 90, headers: event.headers, timestamp: 1000 }])
  })
})

describe('events for callbacks', () => {
  it('are not made for callbacks that take the value alone', () => {
    const graph = graphOf()
    const args: number[] = []
    // Declares one parameter, and would see a second argument all the same.
    function counting(this: void, n: number): void {
      // biome-ignore lint/complexity/noArguments: it is what this test is about
      args.push(arguments.length, n)
    }
    graph
      .stream(flights)
      .map((f) => [f.origin, f.delay])
      .filter((n) => n > 0)
      .mapValues((n) => n + 1)
      .forEach(counting)
    const event = new RecordedEvent('k', late)
    run(graph, event)
    expect(args).toEqual([1, 91])
    expect(event.derived.count).toBe(0)
  })
  it('are made for callbacks with rest parameters', () => {
    const graph = graphOf()
    let keys: unknown
    graph
      .stream(flights)
      .selectKey((f) => f.origin)
      .forEach((...all) => {
        keys = all[1].key
      })
    run(graph, new RecordedEvent('k', late))
    expect(keys).toBe('BOS')
  })
  it('are the very event where no operator changed anything', () => {
    const graph = graphOf()
    const event = new RecordedEvent('k', late)
    let got: unknown
    graph
      .stream(flights)
      .filter((f) => f.delay > 0)
      .forEach((_f, e) => {
        got = e
      })
    run(graph, event)
    expect(got).toBe(event)
  })
})

describe('branches', () => {
  it('run a shared step once, and in the order of declaration', () => {
    const graph = graphOf()
    const seen: string[] = []
    const shared = graph.stream(flights).mapValues((f) => {
      seen.push('shared')
      return f.delay
    })
    shared.forEach(() => {
      seen.push('first')
    })
    shared.to(numbers)
    shared
      .filter((n) => n > 0)
      .forEach(() => {
        seen.push('second')
      })
    run(graph, new RecordedEvent('k', late))
    expect(seen).toEqual(['shared', 'first', 'second'])
    expect(onlyConsumer(graph).steps).toEqual([
      'mapValues | forEach',
      'mapValues | to numbers',
      'mapValues | filter | forEach',
    ])
    expect(onlyConsumer(graph).outputs).toEqual([numbers])
  })
  it('wait for an asynchronous branch before the next one', async () => {
    const graph = graphOf()
    const seen: string[] = []
    const stream = graph.stream(flights)
    stream.forEach(async () => {
      await Promise.resolve()
      seen.push('slow')
    })
    stream.forEach(() => {
      seen.push('quick')
    })
    await run(graph, new RecordedEvent('k', late))
    expect(seen).toEqual(['slow', 'quick'])
  })
  it('of two readings of a topic are consumers of their own, with names of their own', () => {
    const graph = graphOf()
    graph.stream(flights).forEach(ignore)
    graph.stream(flights).forEach(ignore)
    graph.stream(flights, { name: 'mine', concurrency: 4, onError: { kind: 'skip' } }).forEach(ignore)
    expect(graph.consumers().map(({ name, concurrency, onError }) => [name, concurrency, onError.kind])).toEqual([
      ['stream-flights', 1, 'stop'],
      ['stream-flights-2', 1, 'stop'],
      ['mine', 4, 'skip'],
    ])
  })
})

describe('asynchronous callbacks', () => {
  it('give a promise of the same result, through every operator', async () => {
    const graph = graphOf()
    graph
      .stream(flights)
      .filter(async (f) => f.delay > 0)
      .peek(async () => undefined)
      .mapValues(async (f) => f.delay)
      .selectKey(async () => 'key')
      .map(async (n, event) => [event.key, n + 1] as const)
      .flatMap(async (n, event) => [[event.key, n] as const, [event.key, n + 1] as const])
      .groupBy('again', async (_n, event) => event.key, { value: json<number>() })
      .forEach(ignore)
    const [first] = graph.consumers()
    const event = new RecordedEvent('k', late)
    const pending = first!.create(task).process(event)
    expect(pending).toBeInstanceOf(Promise)
    await pending
    expect(event.sent).toMatchObject([
      { to: 'app-again-repartition', key: 'key', value: 91 },
      { to: 'app-again-repartition', key: 'key', value: 92 },
    ])
  })
  it('that reject fail the record', async () => {
    const graph = graphOf()
    graph.stream(flights).forEach(async () => {
      throw new Error('no')
    })
    await expect(run(graph, new RecordedEvent('k', late))).rejects.toThrow('no')
  })
})

describe('groupBy', () => {
  it('writes to a repartition topic, and goes on from there as a consumer of its own', () => {
    const graph = graphOf()
    graph
      .stream(flights)
      .groupBy('by-origin', (f) => f.origin)
      .forEach(ignore)
    const [writer, reader] = graph.consumers()
    expect(writer!.outputs).toEqual([reader!.source])
    expect(reader!.source).toMatchObject({
      name: 'app-by-origin-repartition',
      role: 'repartition',
      configs: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
    })
    const event = new RecordedEvent('k', late)
    writer!.create(task).process(event)
    expect(event.sent).toMatchObject([{ to: 'app-by-origin-repartition', key: 'BOS', value: late }])
  })
  it('keeps the value serde of the source while values are unchanged', () => {
    const graph = graphOf()
    graph
      .stream(flights)
      .filter((f) => f.delay > 0)
      .peek(() => undefined)
      .groupBy('by-delay', (f) => BigInt(f.delay), { key: long({ as: 'bigint' }), partitions: 3 })
      .forEach(ignore)
    const source = graph.consumers()[1]!.source
    expect(source).toMatchObject({ value: flights.value, partitions: 3 })
    expect(graph.problems()).toEqual([])
  })
  it('asks for a value serde where values were changed', () => {
    const graph = graphOf()
    graph
      .stream(flights)
      .mapValues((f) => f.delay)
      .groupBy('by-key', () => 'k')
      .forEach(ignore)
    expect(graph.problems().map(({ message }) => message)).toEqual([
      'groupBy "by-key" needs the option value, a serde for what mapValues gives, as in { value: json() }',
    ])
  })
  it.each([null, undefined])('refuses %s as a key, saying where', (key) => {
    const graph = graphOf()
    graph
      .stream(flights)
      .groupBy('by-origin', () => key as unknown as string)
      .forEach(ignore)
    const failure = (): unknown => graph.consumers()[0]!.create(task).process(new RecordedEvent('k', late))
    expect(failure).toThrow(`groupBy "by-origin" selected ${key} as the key of in-0@7`)
    expect(failure).toThrow(StreamError)
  })
  it('reports two of one name', () => {
    const graph = graphOf()
    for (const _ of [1, 2]) {
      graph
        .stream(flights)
        .groupBy('twice', (f) => f.origin)
        .forEach(ignore)
    }
    expect(graph.problems()).toHaveLength(1)
    expect(graph.problems()[0]!.message).toContain('two groupBy make the topic "app-twice-repartition"')
  })
})

describe('through', () => {
  it('writes to the topic, and reads it as a consumer of its own', () => {
    const graph = graphOf()
    graph.stream(flights).through(alerts).forEach(ignore)
    expect(graph.consumers().map(({ source, outputs }) => [source.name, outputs.map(({ name }) => name)])).toEqual([
      ['flights', ['alerts']],
      ['alerts', []],
    ])
  })
})

describe('streams as sources', () => {
  it('run their operators in front of the code that takes the event', () => {
    const graph = graphOf()
    const { source, operators, steps } = streamSource(
      graph
        .stream(flights)
        .filter((f) => f.delay > 0)
        .map((f) => [f.origin, f.delay]),
    )
    expect([source, steps]).toEqual([flights, ['filter', 'map']])
    const seen: unknown[] = []
    const chain = compileChain(operators, (event) => void seen.push([event.key, event.value]))
    expect(chain(new RecordedEvent('k', late))).toBeUndefined()
    chain(new RecordedEvent('k', { ...late, delay: 0 }))
    expect(seen).toEqual([['BOS', 90]])
    expect(graph.consumers()).toEqual([])
    expect(graph.problems()).toEqual([])
  })
  it('do not run what only other consumers read', () => {
    const graph = graphOf()
    const stream = graph.stream(flights)
    let runs = 0
    streamSource(
      stream.mapValues((f) => {
        runs++
        return f
      }),
    )
    stream.to(alerts)
    run(graph, new RecordedEvent('k', late))
    expect(runs).toBe(0)
  })
})

describe('mistakes', () => {
  it('a stream that leads nowhere is reported with its path', () => {
    const graph = graphOf()
    graph.stream(flights).filter((f) => f.delay > 0)
    expect(graph.problems()).toEqual([
      {
        kind: 'topology',
        message:
          'stream "stream-flights" leads nowhere: flights | filter; end it with forEach or to, give it to an agent or a handler, or remove it',
      },
    ])
  })
  it('what is no function, topic or channel is refused where it is given', () => {
    const stream = graphOf().stream(flights)
    const refused = (message: string) => expect.objectContaining({ code: 'STREAM_DECLARATION_INVALID', message })
    expect(() => stream.map(undefined as never)).toThrow(refused('map takes a function; it got undefined'))
    expect(() => stream.forEach({} as never)).toThrow(refused('forEach takes a function; it got object'))
    const missing = 'takes a topic or a channel; declare one first, and mind modules that import each other in a circle'
    expect(() => stream.to(undefined as never)).toThrow(refused(`to ${missing}`))
    expect(() => graphOf().stream(undefined as never)).toThrow(refused(`stream ${missing}`))
  })
  it('every declaration asks first whether it is still allowed', () => {
    let closed = false
    const graph = new StreamGraph('app', (what) => {
      if (closed) throw new Error(`too late for ${what}`)
    })
    const stream = graph.stream(flights)
    closed = true
    expect(() => graph.stream(alerts)).toThrow('too late for a stream of topic "alerts"')
    expect(() => stream.map((f) => [f.origin, f])).toThrow('too late for map')
    expect(() => stream.to(alerts)).toThrow('too late for to "alerts"')
    expect(() => stream.forEach(ignore)).toThrow('too late for forEach')
    expect(() => stream.groupBy('x', (f) => f.origin)).toThrow('too late for groupBy "x"')
  })
})
