import {
  type AgentDeclaration,
  App,
  type Channel,
  deadLetter,
  type ErrorEvent,
  type Event,
  type ExplainedSetting,
  type HandlerDeclaration,
  json,
  long,
  message,
  type RebalanceEvent,
  type Sensor,
  type Settings,
  StreamError,
  type StreamErrorCode,
  string,
  type TableHandle,
  type TaskInfo,
  type Topic,
  uuid,
} from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { kafkajs } from '@stream/transport-kafkajs'
import { memory } from '@stream/transport-memory'
import { expectTypeOf } from 'vitest'

interface Flight {
  readonly origin: string
  readonly delay: number
}

// What a program writes, through the doors that programs have.
const app = new App({ id: 'types', transport: memory(), store: memoryStore(), guarantee: 'at_least_once' })
void new App({ id: 'types', transport: kafkajs({ brokers: ['localhost:9092'] }), admin: 'kafkajs://localhost:9092' })
// @ts-expect-error a store is no transport
void new App({ id: 'types', transport: memoryStore() })
// @ts-expect-error durations are numbers
void new App({ id: 'types', settings: { commitIntervalMs: '5s' } })
// @ts-expect-error every app has an id
void new App({ transport: memory() })

const flights = app.topic('flights', { key: string(), value: json<Flight>() })
const delays = app.topic('delays', { key: string(), value: long({ as: 'bigint' }) })
const late = app.channel<string, Flight>('late')
const totals = app.table('totals', { key: uuid(), value: json<{ readonly n: number }>() })
// @ts-expect-error the default is of the table's values
app.table('wrong', { key: string(), value: json<number>(), default: () => 'none' })

expectTypeOf(flights).toEqualTypeOf<Topic<string, Flight>>()
expectTypeOf(late).toEqualTypeOf<Channel<string, Flight>>()

// Types go through operators, from the serde of the source to the handler at the end.
const byDelay = app
  .stream(flights)
  .filter((flight, event) => {
    expectTypeOf(event.key).toEqualTypeOf<string>()
    return flight.delay > 0
  })
  .flatMap((flight) => [[flight.delay, flight.origin] as const])
  .map((origin, event) => [origin, event.key] as const)
  .groupBy('by-origin', (delay) => String(delay), { value: json<number>() })

const receiver = app.handler('receiver', { source: late }, (flight, event) => {
  expectTypeOf(flight).toEqualTypeOf<Flight>()
  expectTypeOf(event).toEqualTypeOf<Event<string, Flight>>()
  expectTypeOf(event.signal).toEqualTypeOf<AbortSignal>()
})
expectTypeOf(receiver).toEqualTypeOf<HandlerDeclaration<string, Flight>>()

const agent = app.agent(
  'agent',
  { source: byDelay, tables: { totals }, outputs: [delays], sinks: [delays], onError: deadLetter() },
  async function* (stream, tables) {
    expectTypeOf(tables.totals).toEqualTypeOf<
      TableHandle<string, { readonly n: number }, { readonly n: number } | undefined>
    >()
    for await (const [key, value] of stream.items()) {
      expectTypeOf(key).toEqualTypeOf<string>()
      expectTypeOf(value).toEqualTypeOf<number>()
      yield 1n
      yield message({ key, value: 2n })
    }
  },
)
expectTypeOf(agent).toEqualTypeOf<AgentDeclaration<string, number>>()

app.handler('forwarding', { source: flights, outputs: [delays, late] }, (flight, event) => {
  event.forward(late)
  event.forward(delays, { value: 1n })
  event.send(delays, { key: flight.origin, value: null })
  // @ts-expect-error long() writes bigints
  event.send(delays, { key: flight.origin, value: 1 })
  // @ts-expect-error the topic has string keys
  event.send(delays, { key: 1, value: 1n })
})

// What runs and what is seen of it.
expectTypeOf(app.start()).toEqualTypeOf<Promise<void>>()
expectTypeOf(app.run()).toEqualTypeOf<Promise<void>>()
expectTypeOf(app.tasks()).toEqualTypeOf<readonly TaskInfo[]>()
expectTypeOf(app.failure).toEqualTypeOf<StreamError | undefined>()
expectTypeOf(app.config.values).toEqualTypeOf<Settings>()
expectTypeOf(app.config.explain()).toEqualTypeOf<readonly ExplainedSetting[]>()
expectTypeOf(totals.query('k')).resolves.toEqualTypeOf<Readonly<{ readonly n: number }> | undefined>()
app.on('error', (event) => expectTypeOf(event).toEqualTypeOf<ErrorEvent>())
app.on('rebalance', (event) => expectTypeOf(event).toEqualTypeOf<RebalanceEvent>())
expectTypeOf<Sensor>().toExtend<{ onCutStep?(event: { readonly cut: number }): void }>()

// Errors are told apart by code, without a cast.
declare const thrown: unknown
if (StreamError.is(thrown, 'STREAM_FENCED')) {
  expectTypeOf(thrown).toEqualTypeOf<StreamError>()
  expectTypeOf(thrown.code).toEqualTypeOf<StreamErrorCode>()
}
// @ts-expect-error there is no such code
StreamError.is(thrown, 'STREAM_FENCE')
