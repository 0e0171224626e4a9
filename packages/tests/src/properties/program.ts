import { App, deadLetter, type Guarantee, json, retry, skip, string, type Table, type Topic } from '@stream/core'
import type { Clock } from '@stream/core/adapter'
import type { WorkerOptions } from '@stream/testing'
import type { MemoryTransport } from '@stream/transport-memory'
import { keysOf } from '../cluster/index.ts'

/** A record of the input. */
export interface Numbered {
  readonly n: number
  /** Fails always: in the handler, which sends it to the dead-letter topic, or in the stream, which skips it. */
  readonly fate?: 'dead-letter' | 'skip'
}

/** A result: which record of which partition it came from, and what the tables said. */
export interface Result {
  readonly n: number
  readonly partition: number
  readonly count: number
  readonly total: number
}

/** How the program under test behaves. */
export interface ProgramOptions {
  readonly guarantee: Guarantee
  readonly concurrency: number
  /** Of ten calls so many fail, and are tried again. */
  readonly failures: number
  readonly commitIntervalMs: number
  readonly rebalance: 'eager' | 'cooperative'
  /** Deletes its row at every third record of a key, so that tombstones are part of the game. */
  readonly deletes: boolean
}

/** The program with what the judge reads. */
export interface Program {
  readonly app: App
  readonly transport: MemoryTransport
  readonly numbers: Topic<string, Numbered>
  readonly counted: Topic<string, Result>
  readonly echoed: Topic<string, { n: number; partition: number }>
  readonly audits: Topic<string, { n: number; partition: number; sum: number }>
  readonly grouped: Topic<string, { n: number; count: number }>
  readonly counts: Table<string, number, number>
  readonly sums: Table<string, number, number>
  readonly groups: Table<string, number, number>
}

/** Partitions of the input. */
export const partitions = 3
/** Keys of the records, a few for each partition. */
export const recordKeys: readonly string[] = [0, 1, 2].flatMap((partition) => keysOf(partition, partitions, 2))
/** One row for each partition, which all its records change: what makes them conflict. */
export const totalKeys: readonly string[] = [0, 1, 2].map((partition) => keysOf(partition, partitions, 1, 'total')[0]!)
export const sumKeys: readonly string[] = [0, 1, 2].map((partition) => keysOf(partition, partitions, 1, 'sum')[0]!)
/** The groups that records are brought to by a repartition topic. */
export const groupCount = 4

/**
 * Everything at once: handlers that wait, conflict and fail, or do not wait at all, a loop on the same topic, messages over a channel, a groupBy, three
 * tables. Each record leaves one result of every kind, so that a plain loop over the input tells what has to come out.
 */
export function program(options: WorkerOptions, behaviour: ProgramOptions): Program {
  const { guarantee, concurrency, failures, commitIntervalMs, rebalance, deletes } = behaviour
  const { clock, random } = options.runtime
  const app = new App({
    id: 'app',
    guarantee,
    ...options,
    settings: {
      commitIntervalMs,
      rebalance,
      sessionTimeoutMs: 1_000,
      heartbeatIntervalMs: 100,
      rebalanceTimeoutMs: 2_000,
      transactionTimeoutMs: 800,
      drainTimeoutMs: 2_000,
      fetchWaitMs: 100,
    },
  })
  const again = { attempts: 25, backoffMs: 4, maxBackoffMs: 20 }
  const numbers = app.topic('numbers', { key: string(), value: json<Numbered>(), partitions })
  const counted = app.topic('counted', { key: string(), value: json<Result>(), partitions })
  const echoed = app.topic('echoed', { key: string(), value: json<{ n: number; partition: number }>(), partitions })
  const tallied = app.topic('tallied', { key: string(), value: json<{ n: number; partition: number }>(), partitions })
  const audits = app.topic('audits', {
    key: string(),
    value: json<{ n: number; partition: number; sum: number }>(),
    partitions,
  })
  const grouped = app.topic('grouped', { key: string(), value: json<{ n: number; count: number }>(), partitions })
  const rows = { key: string(), value: json<number>(), default: () => 0 }
  const counts = app.table('counts', rows)
  const sums = app.table('sums', rows)
  const groups = app.table('groups', rows)
  const echo = app.channel<string, number>('echo')
  const hazard = async (): Promise<void> => {
    if (random() < 0.5) await pause(clock, random() * 6)
    if (random() * 10 < failures) throw new Error('by chance')
  }

  app.handler(
    'count',
    {
      source: numbers,
      tables: { counts },
      outputs: [counted, echo],
      concurrency,
      onError: retry({ ...again, then: deadLetter() }),
    },
    async (value, event, tables) => {
      const { partition, key } = event
      const countTotal = () => tables.counts.update(totalKeys[partition]!, (before) => before + 1)
      // Some read the row they conflict on at once, others after they have waited.
      const early = value.n % 2 === 0 ? await countTotal() : 0
      await hazard()
      const total = value.n % 2 === 0 ? early : await countTotal()
      const count = await tables.counts.update(key, (before) => before + 1)
      if (deletes && count === 3) tables.counts.delete(key)
      if (value.fate === 'dead-letter') throw new Error('always')
      event.send(counted, { key, value: { n: value.n, partition, count, total } })
      event.send(echo, { key, value: value.n })
      if (random() < 0.3) await pause(clock, random() * 6)
    },
  )
  app.handler('echo', { source: echo, outputs: [echoed], concurrency: 4, onError: retry(again) }, async (n, event) => {
    await hazard()
    event.send(echoed, { key: event.key, value: { n, partition: event.partition } })
  })
  app.agent(
    'audit',
    { source: numbers, tables: { sums }, outputs: [audits], onError: retry(again) },
    async (stream, tables) => {
      for await (const event of stream.events()) {
        const { key, partition, value } = event
        const sum = await tables.sums.update(sumKeys[partition]!, (before) => before + value.n)
        await hazard()
        event.send(audits, { key, value: { n: value.n, partition, sum } })
      }
    },
  )
  app.handler(
    'tally',
    { source: numbers, outputs: [tallied], onError: retry({ ...again, then: skip() }) },
    // Without a wait: shares the record's scope with the others, and takes back only its own part.
    (value, event) => {
      event.send(tallied, { key: event.key, value: { n: value.n, partition: event.partition } })
      if (value.fate === 'skip' || random() * 10 < failures) throw new Error('at once')
    },
  )
  const byGroup = app
    .stream(numbers, { name: 'regroup', onError: skip() })
    .peek((value) => {
      if (value.fate === 'skip') throw new Error('skipped')
    })
    .groupBy('by-group', (value) => `group${value.n % groupCount}`)
  app.handler('group', { source: byGroup, tables: { groups }, outputs: [grouped] }, async (value, event, tables) => {
    const count = await tables.groups.update(event.key, (before) => before + 1)
    event.send(grouped, { key: event.key, value: { n: value.n, count } })
  })
  return {
    app,
    transport: options.transport as MemoryTransport,
    numbers,
    counted,
    echoed,
    audits,
    grouped,
    counts,
    sums,
    groups,
  }
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve)
  })
}
