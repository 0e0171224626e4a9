import { StreamError } from '@stream/core'
import type { Random } from '@stream/core/adapter'
import { seams } from '@stream/transport-memory'
import { expect, it } from 'vitest'
import { type Crash, type CrashPoint, forSeeds, seededRandom, type TestDriver, testDriver } from '../src/index.ts'
import { type CourseApp, courseApp, type Sum, sharedRows } from './course-app.ts'

const cutSteps = ['frozen', 'committing', 'committed', 'applying', 'applied'] as const
const crashPoints: readonly CrashPoint[] = [
  ...cutSteps,
  'committed-offsets',
  ...seams.filter((seam) => seam !== 'committed'),
]
const transactionSeams = seams.filter((seam) => /^(commit|init):/.test(seam))

/** One course: what was sent, and what can still strike. */
interface Course {
  readonly driver: TestDriver<CourseApp>
  readonly random: Random
  readonly sent: (readonly [string, number])[]
  readonly crashes: Crash[]
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

const steps: readonly (readonly [weight: number, step: (course: Course) => void | Promise<void>])[] = [
  [
    50,
    ({ driver, random, sent }) => {
      for (let left = Math.floor(random() * 15); left > 0; left -= 1) {
        const record = [`k${Math.floor(random() * 6)}`, sent.length] as const
        sent.push(record)
        driver.input(driver.built.numbers).send(...record)
      }
    },
  ],
  [
    10,
    ({ driver, random, crashes }) => {
      crashes.push(driver.crashAt(pick(random, crashPoints), { after: Math.floor(random() * 3) }))
    },
  ],
  [
    10,
    ({ driver, random }) => {
      const error = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'away', retryable: true })
      const action = random() < 0.5 ? ({ kind: 'lose-answer' } as const) : ({ kind: 'fail', error } as const)
      driver.log.faults.at(pick(random, transactionSeams), action, { after: Math.floor(random() * 3) })
    },
  ],
  [
    5,
    async ({ driver }) => {
      if (driver.workers.length < 3) await driver.addWorker()
    },
  ],
  [5, ({ driver, random }) => pick(random, driver.workers).stop()],
  [
    10,
    async ({ driver, random }) => {
      const worker = pick(random, driver.workers)
      if (!worker.isAlive) await worker.start()
    },
  ],
  [
    3,
    async ({ driver, random }) => {
      driver.log.setAvailable(false)
      await driver.advance(random() * 3_000)
      driver.log.setAvailable(true)
    },
  ],
  [
    5,
    async ({ driver, random }) => {
      const worker = pick(random, driver.workers)
      if (worker.isStalled) worker.wake()
      else worker.stall()
      if (random() < 0.3) await driver.advance(8_000)
    },
  ],
  [
    2,
    ({ driver }) => {
      driver.log.compact()
    },
  ],
]
const allWeights = steps.reduce((sum, [weight]) => sum + weight, 0)

function nextStep(random: Random): (course: Course) => void | Promise<void> {
  let left = random() * allWeights
  for (const [weight, step] of steps) if ((left -= weight) < 0) return step
  return () => undefined
}

async function start(seed: number): Promise<Course> {
  const random = seededRandom(seed * 7_919)
  const driver = await testDriver(courseApp, {
    seed,
    broker: {
      ...(random() < 0.4 ? { latencyMs: { min: 0, max: 10 } } : {}),
      ...(random() < 0.4 ? { markerDelayMs: 5 } : {}),
    },
    env: {
      STREAM_SESSION_TIMEOUT_MS: '6000',
      STREAM_HEARTBEAT_INTERVAL_MS: '500',
      STREAM_TRANSACTION_TIMEOUT_MS: '2000',
      STREAM_COMMIT_INTERVAL_MS: pick(random, ['20', '100']),
      STREAM_MAX_POLL_BYTES: '100000',
      STREAM_MAX_PARTITION_BYTES: pick(random, ['60', '100000']),
      STREAM_REBALANCE: pick(random, ['eager', 'cooperative']),
    },
  })
  return { driver, random, sent: [], crashes: [] }
}

/** Everything that is broken is mended, and all workers work. */
async function finish({ driver, crashes }: Course): Promise<void> {
  driver.log.faults.clear()
  for (const crash of crashes) crash.cancel()
  for (const worker of driver.workers) worker.wake()
  await driver.start()
  expect(await driver.settle()).toBe('settled')
}

/** Outputs and tables are those of a serial execution, in order per key, and so is what the workers answer. */
async function expectSerial({ driver, sent }: Course): Promise<void> {
  const { counted, summed, counts, sums } = driver.built
  const rows = new Map<string, number>()
  const lastValues = new Map<string, number>()
  const outputs = driver.output(counted).readAll()
  expect(outputs).toHaveLength(sent.length)
  for (const { key, value, partition } of outputs.toSorted((one, other) => one.offset - other.offset)) {
    const [name, shared] = [key ?? '', sharedRows[partition] ?? '']
    rows.set(name, (rows.get(name) ?? 0) + 1)
    rows.set(shared, (rows.get(shared) ?? 0) + 1)
    expect(value).toMatchObject({ count: rows.get(name), shared: rows.get(shared) })
    expect(value?.value).toBeGreaterThan(lastValues.get(name) ?? -1)
    lastValues.set(name, value?.value ?? -1)
  }
  const remainders = new Map<string, Sum>()
  for (const [, value] of sent) {
    const { count, sum } = remainders.get(`r${value % 5}`) ?? { count: 0, sum: 0 }
    remainders.set(`r${value % 5}`, { count: count + 1, sum: sum + value })
  }
  const values = driver.output(summed).readAll()
  expect(values.map(({ value }) => value ?? -1).toSorted((a, b) => a - b)).toEqual(sent.map(([, value]) => value))
  expect(new Map(driver.table(counts).entries())).toEqual(rows)
  expect(new Map(driver.table(sums).entries())).toEqual(remainders)
  const [ownCounts, ownSums] = [new Map<string, number>(), new Map<string, Sum>()]
  for (const { built } of driver.workers) {
    for await (const [key, row] of built.counts.queryAll()) ownCounts.set(key, row)
    for await (const [key, row] of built.sums.queryAll()) ownSums.set(key, row)
  }
  expect(ownCounts).toEqual(rows)
  expect(ownSums).toEqual(remainders)
}

it('whatever course it takes, an app gives what a serial execution of its inputs gives, once', async () => {
  let struck = 0
  await forSeeds({ count: 100, first: 100 }, async (seed) => {
    const course = await start(seed)
    const { driver, random } = course
    for (let step = 0; step < 60; step += 1) {
      await nextStep(random)(course)
      await driver.advance(random() < 0.1 ? random() * 8_000 : random() * 60)
    }
    await finish(course)
    await expectSerial(course)
    struck += course.crashes.filter(({ worker }) => worker !== undefined).length
    await driver.close()
  })
  if (process.env.STREAM_TEST_SEED === undefined) expect(struck).toBeGreaterThan(100)
}, 120_000)
