import { App, json, string, type Table, type Topic } from '@stream/core'
import type { Clock } from '@stream/core/adapter'
import type { WorkerOptions } from '../src/index.ts'

export interface Count {
  readonly count: number
  readonly last: number
}

export interface CountApp {
  readonly app: App
  readonly numbers: Topic<string, number>
  readonly counted: Topic<string, Count>
  readonly counts: Table<string, Count, Count>
}

/** Counts numbers per key, with handlers that wait now and then: each number gives one output and one write. */
export function countApp(
  options: WorkerOptions,
  { guarantee = 'exactly_once' }: { readonly guarantee?: 'exactly_once' | 'at_least_once' } = {},
): CountApp {
  const app = new App({ id: 'count', guarantee, ...options })
  const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions: 3 })
  const counted = app.topic('counted', { key: string(), value: json<Count>() })
  const counts = app.table('counts', {
    key: string(),
    value: json<Count>(),
    default: () => ({ count: 0, last: -1 }),
  })
  app.handler(
    'count',
    { source: numbers, tables: { counts }, outputs: [counted], concurrency: 8 },
    async (value, event, { counts }) => {
      await Promise.resolve()
      if (value % 3 === 0) await pause(options.runtime.clock, value % 7)
      const row = await counts.update(event.key, ({ count }) => ({ count: count + 1, last: value }))
      event.send(counted, { key: event.key, value: row })
    },
  )
  return { app, numbers, counted, counts }
}

export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve)
  })
}
