import { expectTypeOf } from 'vitest'
import { json, string } from '../serde/index.ts'
import { StreamGraph } from '../stream/index.ts'
import { declareTable, type TableHandle } from '../table/index.ts'
import { type ConsumerDeclaration, declareChannel, declareTopic, type Event } from '../topology/index.ts'
import { type AgentDeclaration, agentConsumer } from './agent.ts'
import { deadLetter, retry } from './error-policy.ts'
import { type HandlerDeclaration, handlerConsumer } from './handler.ts'
import { message } from './sink-message.ts'
import { oneForAll } from './supervision.ts'

interface Flight {
  readonly origin: string
  readonly delay: number
}

const flights = declareTopic('flights', { key: string(), value: json<Flight>() })
const alerts = declareTopic('alerts', { key: string(), value: json<Flight>() })
const counts = declareTopic('counts', { key: string(), value: json<number>() })
const raw = declareTopic('raw')
const late = declareChannel<string, Flight>('late')
const delays = declareTable('app', 'delays', { key: string(), value: json<number>(), default: () => 0 })
const names = declareTable('app', 'names', { key: string(), value: string() })
const stream = new StreamGraph('app', () => undefined).stream(flights)
const onError = retry({ attempts: 3, then: deadLetter() })

const agent = agentConsumer({ name: 'a', source: flights, tables: { delays, names } }, async (events, tables) => {
  expectTypeOf(tables.delays).toEqualTypeOf<TableHandle<string, number, number>>()
  expectTypeOf(tables.names).toEqualTypeOf<TableHandle<string, string, string | undefined>>()
  // @ts-expect-error only declared tables are there
  void tables.others
  for await (const flight of events) expectTypeOf(flight).toEqualTypeOf<Flight>()
  for await (const event of events.events()) expectTypeOf(event).toEqualTypeOf<Event<string, Flight>>()
  for await (const item of events.items()) expectTypeOf(item).toEqualTypeOf<readonly [string, Flight]>()
})
expectTypeOf(agent).toEqualTypeOf<AgentDeclaration<string, Flight>>()
expectTypeOf(agent).toExtend<ConsumerDeclaration>()

agentConsumer({ name: 'b', source: late, onError, supervision: oneForAll() }, async (events) => {
  for await (const flight of events) expectTypeOf(flight).toEqualTypeOf<Flight>()
})
agentConsumer({ name: 'c', source: stream.mapValues((f) => f.delay) }, async (events) => {
  for await (const delay of events) expectTypeOf(delay).toEqualTypeOf<number>()
})
agentConsumer({ name: 'd', source: raw }, async (events) => {
  for await (const bytes of events) expectTypeOf(bytes).toEqualTypeOf<Uint8Array>()
})

agentConsumer({ name: 'e', source: flights, sinks: [alerts, late] }, async function* (events) {
  for await (const flight of events) {
    yield flight
    yield message({ key: flight.origin, value: flight })
  }
})
// @ts-expect-error what is yielded is what the sink takes
agentConsumer({ name: 'f', source: flights, sinks: [alerts] }, async function* (events) {
  for await (const flight of events) yield flight.delay
})
// @ts-expect-error an agent is a loop, and a loop waits
agentConsumer({ name: 'g', source: flights }, () => 1)

const handler = handlerConsumer(
  { name: 'h', source: flights, tables: { delays }, outputs: [alerts], concurrency: 8, onError },
  async (flight, event, tables) => {
    expectTypeOf(flight).toEqualTypeOf<Flight>()
    expectTypeOf(event).toEqualTypeOf<Event<string, Flight>>()
    expectTypeOf(await tables.delays.get(event.key)).toEqualTypeOf<number>()
    event.send(alerts, { key: flight.origin, value: flight })
  },
)
expectTypeOf(handler).toEqualTypeOf<HandlerDeclaration<string, Flight>>()

handlerConsumer({ name: 'i', source: flights, sinks: [counts] }, (flight) => flight.delay)
handlerConsumer({ name: 'j', source: flights, sinks: [counts] }, async (flight) => {
  if (flight.delay > 0) return message({ key: flight.origin, value: flight.delay })
  return undefined
})
handlerConsumer({ name: 'k', source: flights, sinks: [(flight: Flight) => void flight.origin] }, (flight) => flight)
handlerConsumer({ name: 'l', source: flights, sinks: [agent] }, (flight) => flight)
handlerConsumer({ name: 'm', source: flights }, (flight) => flight.delay)
// @ts-expect-error what is returned is what the sink takes
handlerConsumer({ name: 'n', source: flights, sinks: [counts] }, (flight) => flight.origin)
// @ts-expect-error an agent as a sink takes what it reads
handlerConsumer({ name: 'o', source: flights, sinks: [agent] }, (flight) => flight.delay)
// @ts-expect-error a loop has no concurrency
agentConsumer({ name: 'p', source: flights, concurrency: 2 }, async () => undefined)
