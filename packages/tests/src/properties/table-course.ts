import { type AnyTable, App, json, retry, string, type TableOfKind, type Topic } from '@stream/core'
import { type TestDriver, testDriver } from '@stream/testing'
import fc from 'fast-check'
import { expect } from 'vitest'
import { JudgedStore } from './judged-store.ts'

/** A kind of table, with a plain model of what it promises. */
export interface TableKind<Handle, Op, Model> {
  declare(app: App): TableOfKind<never, never, Handle> | AnyTable
  readonly op: fc.Arbitrary<Op>
  /** Does one thing with the table, and tells what came of it as JSON has it. */
  run(handle: Handle, op: Op, key: string): Promise<unknown>
  model(): Model
  /** Does the same with the model; `time` is that of the record. */
  expected(model: Model, op: Op, key: string, time: RecordTime): unknown
  /** What can be read from outside, as JSON has it. */
  read(table: AnyTable): Promise<unknown>
  /** The same of the model, when time has come that far. */
  readOf(model: Model, time: Omit<RecordTime, 'eventMs'>): unknown
}

/** The times of a record. */
export interface RecordTime {
  readonly eventMs: number
  /** The highest timestamp of the records up to it. */
  readonly streamMs: number
}

/** One thing that happens to a program. */
type Step<Op> =
  | { readonly do: 'send'; readonly key: number; readonly ops: readonly Op[]; readonly laterMs: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'crash-at'; readonly point: (typeof points)[number]; readonly after: number }
  | { readonly do: 'restart' | 'start-dead' | 'compact' }

const points = [
  'frozen',
  'committing',
  'committed',
  'applying',
  'applied',
  'commit:before-append',
  'commit:after-append',
  'commit:before-end',
  'commit:after-end',
] as const

/** What happens to a program that works with a table. */
export interface TableCourse<Op> {
  readonly seed: number
  readonly concurrency: number
  /** Of ten calls so many fail half-way, and are tried again. */
  readonly failures: number
  readonly steps: readonly Step<Op>[]
}

/** Courses of any kind, over operations of one kind of table. */
export function tableCourses<Op>(op: fc.Arbitrary<Op>): fc.Arbitrary<TableCourse<Op>> {
  const step: fc.Arbitrary<Step<Op>> = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        key: fc.integer({ min: 0, max: recordKeys.length - 1 }),
        ops: fc.array(op, { minLength: 1, maxLength: 4 }),
        laterMs: fc.oneof(fc.integer({ min: -40, max: 60 }), fc.constant(500)),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 80 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('crash-at' as const),
        point: fc.constantFrom(...points),
        after: fc.integer({ min: 0, max: 2 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('restart', 'start-dead', 'compact') }) },
  )
  return fc.record({
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
    concurrency: fc.constantFrom(1, 4),
    failures: fc.constantFrom(0, 2),
    steps: fc.array(step, { minLength: 6, maxLength: 40, size: 'max' }),
  })
}

/** Keys of the records; some are the beginning of others. */
export const recordKeys: readonly string[] = ['a', 'ab', 'b']
const startMs = 1_000_000

interface Work<Op> {
  readonly n: number
  readonly ops: readonly Op[]
}

interface Built {
  readonly app: App
  readonly table: AnyTable
  readonly work: Topic<string, Work<unknown>>
}

/**
 * Runs a course and holds it against the model: what the records of the committed prefix were told is what a serial execution tells, and
 * what can be read from outside at the end is what is left of it.
 */
export async function judgeTable<Handle, Op, Model>(
  kind: TableKind<Handle, Op, Model>,
  course: TableCourse<Op>,
): Promise<void> {
  const violations: string[] = []
  const found: { driver?: TestDriver<Built> } = {}
  const driver = await testDriver<Built>(
    (options) => {
      const { clock, random } = options.runtime
      const app = new App({
        id: 'app',
        guarantee: 'exactly_once',
        ...options,
        settings: {
          commitIntervalMs: 20,
          sessionTimeoutMs: 1_000,
          heartbeatIntervalMs: 100,
          transactionTimeoutMs: 800,
        },
      })
      const work = app.topic('work', { key: string(), value: json<Work<unknown>>(), partitions: 1 })
      const answers = app.topic('answers', { key: string(), value: json<unknown>(), partitions: 1 })
      const table = kind.declare(app)
      const pause = (): Promise<void> => new Promise((resolve) => void clock.setTimer(random() * 4, resolve))
      app.handler(
        'work',
        {
          source: work,
          outputs: [answers],
          tables: { table },
          concurrency: course.concurrency,
          onError: retry({ attempts: 25, backoffMs: 2, maxBackoffMs: 4 }),
        },
        async ({ n, ops }, event, tables) => {
          const told: unknown[] = []
          for (const op of ops) {
            told.push((await kind.run(tables.table as Handle, op as Op, event.key)) ?? null)
            if (random() < 0.4) await pause()
            if (random() * 10 < course.failures) throw new Error('by chance')
          }
          event.send(answers, { key: event.key, value: { n, told } })
        },
      )
      return { app, table, work }
    },
    { seed: course.seed, store: () => new JudgedStore(found.driver!.log, violations), isStarted: false },
  )
  found.driver = driver
  await driver.start()
  let n = 0
  let timeMs = startMs
  const sent: { readonly key: string; readonly ops: readonly Op[]; readonly time: RecordTime }[] = []
  for (const step of course.steps) {
    if (step.do === 'send') {
      const eventMs = timeMs + step.laterMs
      timeMs = Math.max(timeMs, eventMs)
      const key = recordKeys[step.key]!
      const streamMs = Math.max(eventMs, sent.at(-1)?.time.streamMs ?? 0)
      sent.push({ key, ops: step.ops, time: { eventMs, streamMs } })
      driver.input(driver.built.work).send(key, { n: n++, ops: step.ops }, { timestamp: eventMs })
    } else if (step.do === 'advance') await driver.advance(step.ms)
    else if (step.do === 'crash-at') driver.crashAt(step.point, { after: step.after })
    else if (step.do === 'compact') driver.log.compact()
    else if (step.do === 'restart') await driver.restart()
    else await driver.start()
    expect(violations).toEqual([])
  }
  for (let i = 0; i < 20; i++) {
    await driver.start()
    if ((await driver.settle()) !== 'stopped') break
  }
  await driver.restart()
  await driver.settle()
  expect(violations).toEqual([])

  const answers = driver.log
    .records('answers', 0)
    .map(({ value }): Answer => JSON.parse(Buffer.from(value!).toString()))
  expect(answers.map(({ n }) => n).toSorted((one, other) => one - other)).toEqual(sent.map((_, index) => index))
  const streamMs = sent.at(-1)?.time.streamMs ?? 0
  const left = JSON.stringify(plain(await driver.run(kind.read(driver.built.table))))
  const records = answers.map(({ n, told }) => ({ ...sent[n]!, told: JSON.stringify(told) }))
  expectSerial(kind, records, (model) => JSON.stringify(plain(kind.readOf(model, { streamMs }))) === left, left)
  await driver.close()
}

interface Answer {
  readonly n: number
  readonly told: unknown
}

interface Answered<Op> {
  readonly key: string
  readonly ops: readonly Op[]
  readonly time: RecordTime
  readonly told: string
}

/** Looked at, at most, before a course is taken for one without a serial order. */
const mostSteps = 20_000

/**
 * There is an order of the records, that of the log for each key, in which the model gives the same answers and has the same left at the
 * end. Who only reads may stand before those whose answers came earlier, so the order of the log is tried first, and then others.
 */
function expectSerial<Handle, Op, Model>(
  kind: TableKind<Handle, Op, Model>,
  records: readonly Answered<Op>[],
  isLeft: (model: Model) => boolean,
  left: string,
): void {
  let steps = 0
  let farthest = records
  const goesOn = (model: Model, rest: readonly Answered<Op>[]): boolean => {
    if (rest.length < farthest.length) farthest = rest
    if (rest.length === 0) return isLeft(model)
    const keys = new Set<string>()
    for (const [index, record] of rest.entries()) {
      if (keys.has(record.key)) continue
      keys.add(record.key)
      if (++steps > mostSteps) return false
      const next = structuredClone(model)
      const told = record.ops.map((op) => plain(kind.expected(next, op, record.key, record.time)))
      if (JSON.stringify(told) === record.told && goesOn(next, rest.toSpliced(index, 1))) return true
    }
    return false
  }
  if (goesOn(kind.model(), records)) return
  expect.fail(`no serial execution gives these answers and leaves ${left}; from here on: ${JSON.stringify(farthest)}`)
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}
