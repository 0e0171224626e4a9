import { expectTypeOf } from 'vitest'
import { json, long, string } from '../serde/index.ts'
import { declareChannel, declareTopic, type Event } from '../topology/index.ts'
import type { Stream } from './stream.ts'
import { StreamGraph } from './stream-graph.ts'
import { streamSource } from './stream-source.ts'

interface Flight {
  readonly origin: string
  readonly delay: number | null
}

const ignore = (): void => undefined
const graph = new StreamGraph('app', () => undefined)
const topic = declareTopic('flights', { key: string(), value: json<Flight>() })
const flights = graph.stream(topic)

expectTypeOf(graph.stream(declareTopic('raw'))).toEqualTypeOf<Stream<Uint8Array, Uint8Array>>()
expectTypeOf(graph.stream(declareChannel<string, Flight>('c'))).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(flights).toEqualTypeOf<Stream<string, Flight>>()

expectTypeOf(flights.map((f) => [f.origin.length, f.delay])).toEqualTypeOf<Stream<number, number | null>>()
expectTypeOf(flights.map(async (f) => [f.origin, 1] as const)).toEqualTypeOf<Stream<string, 1>>()
expectTypeOf(flights.mapValues((f) => f.delay)).toEqualTypeOf<Stream<string, number | null>>()
expectTypeOf(flights.mapValues(async (f) => f.origin)).toEqualTypeOf<Stream<string, string>>()
expectTypeOf(flights.selectKey((f) => f.origin.length)).toEqualTypeOf<Stream<number, Flight>>()
expectTypeOf(flights.filter((f) => f.delay !== null)).toExtend<Stream<string, Flight>>()
expectTypeOf(flights.filter(async () => true)).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(flights.mapValues((f) => f.delay).filter((delay): delay is number => delay !== null)).toEqualTypeOf<
  Stream<string, number>
>()
expectTypeOf(flights.peek(() => undefined)).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(flights.flatMap((f) => [[f.origin, 1]])).toEqualTypeOf<Stream<string, number>>()
expectTypeOf(
  flights.flatMap(async function* (f) {
    yield [f.origin, f.delay] as const
  }),
).toEqualTypeOf<Stream<string, number | null>>()
expectTypeOf(flights.groupBy('a', (f) => f.origin)).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(flights.groupBy('b', (f) => f.origin.length, { key: json<number>() })).toEqualTypeOf<
  Stream<number, Flight>
>()
expectTypeOf(flights.through(topic)).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(flights.forEach(ignore)).toEqualTypeOf<void>()
expectTypeOf(flights.to(topic)).toEqualTypeOf<void>()
flights.forEach((f, event) => {
  expectTypeOf(f).toEqualTypeOf<Flight>()
  expectTypeOf(event).toEqualTypeOf<Event<string, Flight>>()
})
expectTypeOf(streamSource).toBeCallableWith(flights)

// A topic may hold more than the stream gives.
flights
  .map((f) => [f.origin, f.origin === 'BOS' ? 'near' : 'far'] as const)
  .to(declareTopic('words', { key: string(), value: json<string>() }))
flights.mapValues(() => 1 as const).to(declareChannel<string, number>('n'))
// @ts-expect-error a topic that holds less
flights.mapValues((f) => f.origin).to(declareTopic('two', { key: string(), value: json<'near' | 'far'>() }))
// @ts-expect-error a channel that takes less
flights.mapValues((f) => f.origin).to(declareChannel<string, 'near'>('less'))
// @ts-expect-error a key that is no string needs a serde
flights.groupBy('c', (f) => f.origin.length)
// @ts-expect-error the serde is of another type than the selected key
flights.groupBy('d', (f) => f.origin, { key: long() })
// @ts-expect-error the topic holds other values
flights.mapValues((f) => f.origin).to(topic)
// @ts-expect-error the topic holds other keys
flights.selectKey((f) => f.origin.length).to(topic)
// @ts-expect-error map gives pairs
flights.map((f) => f.origin)
