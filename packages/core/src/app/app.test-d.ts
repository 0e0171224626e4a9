import { expectTypeOf } from 'vitest'
import { deadLetter, type EventStream, retry } from '../agent/index.ts'
import { json, string } from '../serde/index.ts'
import type { Stream } from '../stream/index.ts'
import type { Table, TableHandle } from '../table/index.ts'
import type { Event, Topic, TopologyDescription } from '../topology/index.ts'
import { App } from './app.ts'
import type { AppState } from './app-state.ts'

interface Flight {
  readonly origin: string
  readonly delay: number
}

const app = new App({ id: 'app', transport: 'memory://', store: process.env.STORE })
const flights = app.topic('flights', { key: string(), value: json<Flight>() })
const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
const names = app.table('names', { key: string(), value: json<string>() })

expectTypeOf(flights).toEqualTypeOf<Topic<string, Flight>>()
expectTypeOf(app.topic('raw')).toEqualTypeOf<Topic<Uint8Array, Uint8Array>>()
expectTypeOf(app.topic('raw-key', { value: json<Flight>() })).toEqualTypeOf<Topic<Uint8Array, Flight>>()
expectTypeOf(counts).toEqualTypeOf<Table<string, number, number>>()
expectTypeOf(names).toEqualTypeOf<Table<string, string>>()
expectTypeOf(counts.query('k')).resolves.toEqualTypeOf<number>()
expectTypeOf(names.query('k')).resolves.toEqualTypeOf<string | undefined>()
expectTypeOf(app.stream(flights)).toEqualTypeOf<Stream<string, Flight>>()
expectTypeOf(app.describe()).toEqualTypeOf<TopologyDescription>()
expectTypeOf(app.describe('text')).toEqualTypeOf<string>()
expectTypeOf(app.state).toEqualTypeOf<AppState>()

app.handler('h', { source: flights, tables: { counts, names } }, async (flight, event, tables) => {
  expectTypeOf(flight).toEqualTypeOf<Flight>()
  expectTypeOf(event).toEqualTypeOf<Event<string, Flight>>()
  expectTypeOf(tables.counts).toEqualTypeOf<TableHandle<string, number, number>>()
  expectTypeOf(await tables.names.get('k')).toEqualTypeOf<string | undefined>()
  event.send(flights, { key: 'k', value: flight })
  // @ts-expect-error the topic holds other values
  event.send(flights, { key: 'k', value: 1 })
})
app.agent(
  'a',
  { source: app.stream(flights).mapValues((f) => f.delay), tables: { counts } },
  async (stream, tables) => {
    expectTypeOf(stream).toEqualTypeOf<EventStream<string, number>>()
    expectTypeOf(tables).toEqualTypeOf<{ readonly counts: TableHandle<string, number, number> }>()
    for await (const delay of stream) expectTypeOf(delay).toEqualTypeOf<number>()
  },
)
app.handler(
  'p',
  { source: flights, onError: retry({ attempts: 3, then: deadLetter() }), concurrency: 64 },
  () => undefined,
)
app.on('state', ({ to }) => expectTypeOf(to).toEqualTypeOf<AppState>())
app.on('recovery', ({ records }) => expectTypeOf(records).toEqualTypeOf<number>())

// @ts-expect-error there is no such event
app.on('started', () => undefined)
// @ts-expect-error the guarantee is one of two
void new App({ id: 'x', guarantee: 'exactly' })
// @ts-expect-error there is no such setting
void new App({ id: 'x', settings: { commitInterval: 1 } })
