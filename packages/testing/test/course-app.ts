import { App, json, partitionOfKey, retry, skip, string, type Table, type Topic } from '@stream/core'
import type { WorkerOptions } from '../src/index.ts'
import { pause } from './count-app.ts'

const partitions = 3

/** A row of each partition that all of its records change, so that handlers conflict. */
export const sharedRows: readonly string[] = Array.from({ length: partitions }, (_, partition) => {
  for (let attempt = 0; ; attempt += 1) {
    const key = `shared-${attempt}`
    if (partitionOfKey('murmur2', new TextEncoder().encode(key), partitions) === partition) return key
  }
})

export interface Sum {
  readonly count: number
  readonly sum: number
}

export interface CourseApp {
  readonly app: App
  readonly numbers: Topic<string, number>
  readonly counted: Topic<string, { readonly count: number; readonly shared: number; readonly value: number }>
  readonly summed: Topic<string, number>
  readonly counts: Table<string, number, number>
  readonly sums: Table<string, Sum, Sum>
}

/** Handlers that wait, conflict and fail; an agent behind a repartition topic that waits and fails. */
export function courseApp(options: WorkerOptions): CourseApp {
  const { clock, random } = options.runtime
  const onError = retry({ attempts: 100, backoffMs: 2, then: skip() })
  const app = new App({ id: 'course', ...options })
  const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions })
  const counted = app.topic('counted', {
    key: string(),
    value: json<{ readonly count: number; readonly shared: number; readonly value: number }>(),
  })
  const summed = app.topic('summed', { key: string(), value: json<number>() })
  const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
  const sums = app.table('sums', { key: string(), value: json<Sum>(), default: () => ({ count: 0, sum: 0 }) })

  app.handler(
    'count',
    { source: numbers, tables: { counts }, outputs: [counted], concurrency: 8, onError },
    async (value, event, { counts }) => {
      if (random() < 0.5) await pause(clock, random() * 10)
      const shared = await counts.update(sharedRows[event.partition] ?? '', (count) => count + 1)
      if (random() < 0.1) throw new Error('a handler fails now and then')
      if (random() < 0.2) await pause(clock, random() * 30)
      const count = await counts.update(event.key, (count) => count + 1)
      event.send(counted, { key: event.key, value: { count, shared, value } })
    },
  )

  const byRemainder = app.stream(numbers).groupBy('by-remainder', (value) => `r${value % 5}`)
  app.agent(
    'sum',
    { source: byRemainder, tables: { sums }, sinks: [summed], onError },
    async function* (stream, { sums }) {
      for await (const event of stream.events()) {
        if (random() < 0.1) await pause(clock, random() * 10)
        if (random() < 0.03) throw new Error('an agent fails now and then')
        await sums.update(event.key, ({ count, sum }) => ({ count: count + 1, sum: sum + event.value }))
        yield event.value
      }
    },
  )
  return { app, numbers, counted, summed, counts, sums }
}
