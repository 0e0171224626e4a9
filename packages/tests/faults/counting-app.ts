import { App, type AppOptions, json, type Serde, string } from '@stream/core'
import type { Transport } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import type { Input } from '../exactly-once/index.ts'
import { quietProcess } from '../src/cases/index.ts'

/** Names of the topics of one run. */
export interface CountingTopics {
  readonly input: string
  readonly ordered: string
  readonly grouped: string
}

/** What a counting app is made of. */
export interface CountingAppOptions {
  readonly id: string
  readonly topics: CountingTopics
  readonly transport: Transport
  /** Creates what the app needs. */
  readonly admin: Transport
  readonly guarantee: 'exactly_once' | 'at_least_once'
  readonly settings?: AppOptions['settings']
  readonly log: (line: string) => void
  /** Told of every cut: `committed`, or how it ended instead. */
  readonly onCut: (outcome: string) => void
}

interface Row {
  readonly count: number
  readonly sum: number
}

const kept = { 'retention.ms': '-1' }

/**
 * The app under faults: counts and sums per key, and per group behind a repartition topic, each with a table, and puts every
 * update out, from which order, loss and doubling can be told.
 */
export function countingApp(options: CountingAppOptions): App {
  const { topics, log, onCut } = options
  const app = new App({
    id: options.id,
    transport: options.transport,
    admin: options.admin,
    store: memory(),
    guarantee: options.guarantee,
    runtime: { process: quietProcess() },
    settings: {
      commitIntervalMs: 50,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 300,
      rebalanceTimeoutMs: 6_000,
      transactionTimeoutMs: 4_000,
      fetchWaitMs: 100,
      drainTimeoutMs: 10_000,
      ...options.settings,
    },
    sensors: [
      {
        name: 'faults',
        onCutEnd: ({ outcome, error }) => {
          if (outcome !== 'committed') log(`cut ${outcome}: ${error}`)
          onCut(outcome)
        },
        onRebalance: ({ kind }) => log(`rebalance ${kind}`),
      },
    ],
    log: (level, message) => log(`${level} ${message}`),
  })
  const rows: Serde<Row> = json()
  const outputs: Serde<Row & { readonly n: number; readonly key: string }> = json()
  const inputs: Serde<Input> = json()
  const empty = (): Row => ({ count: 0, sum: 0 })
  const adding = (amount: number) => (row: Row) => ({ count: row.count + 1, sum: row.sum + amount })
  const input = app.topic(topics.input, { key: string(), value: inputs })
  const orderedOut = app.topic(topics.ordered, { key: string(), value: outputs, configs: kept })
  const groupedOut = app.topic(topics.grouped, { key: string(), value: outputs, configs: kept })
  const ordered = app.table('ordered', { key: string(), value: rows, default: empty })
  const grouped = app.table('grouped', { key: string(), value: rows, default: empty })
  app.agent('ordered', { source: input, tables: { ordered }, outputs: [orderedOut] }, async (stream, own) => {
    for await (const event of stream.events()) {
      const { n, key, amount } = event.value
      const row = await own.ordered.update(key, adding(amount))
      event.send(orderedOut, { key, value: { n, key, ...row } })
    }
  })
  const groups = app.stream(input).groupBy('groups', ({ group }) => group)
  app.agent('grouped', { source: groups, tables: { grouped }, outputs: [groupedOut] }, async (stream, own) => {
    for await (const event of stream.events()) {
      const { n, key, amount } = event.value
      const row = await own.grouped.update(event.key, adding(amount))
      event.send(groupedOut, { key: event.key, value: { n, key, ...row } })
    }
  })
  return app
}
