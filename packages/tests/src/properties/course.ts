import type { Guarantee } from '@stream/core'
import { StreamError } from '@stream/core'
import { type TestDriver, testDriver } from '@stream/testing'
import fc from 'fast-check'
import { JudgedStore } from './judged-store.ts'
import { type Program, type ProgramOptions, program, recordKeys } from './program.ts'

const cutSteps = ['frozen', 'committing', 'committed', 'applying', 'applied'] as const
const commitSeams = [
  'commit:before-append',
  'commit:after-append',
  'commit:after-offsets',
  'commit:before-end',
  'commit:after-end',
] as const
/** Where programs under at-least-once write. */
const sendSeams = ['produce:before', 'produce:after', 'offset-commit:before', 'offset-commit:after'] as const
const otherSeams = ['fetch', 'heartbeat', 'join', 'sync', 'init:after', 'committed-offsets'] as const

/** One thing that happens in a course. */
export type Step =
  | { readonly do: 'send'; readonly keys: readonly number[]; readonly fates: number }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do: 'crash-at'
      readonly point: (typeof cutSteps | typeof commitSeams | typeof sendSeams | typeof otherSeams)[number]
      readonly after: number
    }
  | { readonly do: 'crash' | 'stop' | 'wake'; readonly worker: number }
  /** Quiet for `ms` then: commits would count as signs of life. */
  | { readonly do: 'stall'; readonly worker: number; readonly ms: number }
  | { readonly do: 'start-dead' | 'add-worker' | 'compact' }
  | {
      readonly do: 'lose-answer' | 'abort'
      readonly seam: (typeof commitSeams | typeof sendSeams)[number]
      readonly after: number
    }
  /** The caller hears that the outcome is unknown, and the rest of the commit comes later. */
  | {
      readonly do: 'delay'
      readonly seam: (typeof commitSeams | typeof sendSeams)[number]
      readonly after: number
      readonly ms: number
    }

/** What happens to a program, and how it is made. */
export interface Course {
  readonly seed: number
  readonly behaviour: Omit<ProgramOptions, 'guarantee'>
  readonly markerDelayMs: number
  /** How long a request travels at most; 0: no time at all. */
  readonly latencyMs: number
  readonly steps: readonly Step[]
}

const worker = fc.integer({ min: 0, max: 2 })
const after = fc.integer({ min: 0, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      keys: fc.array(fc.integer({ min: 0, max: recordKeys.length - 1 }), { minLength: 1, maxLength: 12 }),
      fates: fc.integer({ min: 0, max: 40 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 120 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 900, max: 2_500 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('crash-at' as const),
      point: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...cutSteps) },
        { weight: 5, arbitrary: fc.constantFrom(...commitSeams) },
        { weight: 2, arbitrary: fc.constantFrom(...sendSeams) },
        { weight: 1, arbitrary: fc.constantFrom(...otherSeams) },
      ),
      after,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start-dead' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('stall' as const), worker, ms: fc.constantFrom(0, 500, 1_500, 3_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const), worker }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add-worker' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('lose-answer' as const, 'abort' as const),
      seam: fc.constantFrom(...commitSeams, ...sendSeams),
      after,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delay' as const),
      seam: fc.constantFrom(...commitSeams, ...sendSeams),
      after,
      ms: fc.constantFrom(1, 5, 20, 200),
    }),
  },
)

/** Courses of any kind. */
export const courses: fc.Arbitrary<Course> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  behaviour: fc.record({
    concurrency: fc.constantFrom(1, 3, 16),
    failures: fc.constantFrom(0, 1, 2),
    commitIntervalMs: fc.constantFrom(5, 20, 60),
    rebalance: fc.constantFrom('eager' as const, 'cooperative' as const),
    deletes: fc.boolean(),
  }),
  markerDelayMs: fc.constantFrom(0, 0, 7),
  latencyMs: fc.constantFrom(0, 0, 12),
  steps: fc.array(step, { minLength: 4, maxLength: 28 }),
})

/** A course under way. */
export class Run {
  readonly driver: TestDriver<Program>
  readonly violations: string[]
  #sent = 0

  private constructor(driver: TestDriver<Program>, violations: string[]) {
    this.driver = driver
    this.violations = violations
  }

  static async begin(course: Course, guarantee: Guarantee): Promise<Run> {
    const violations: string[] = []
    let driver: TestDriver<Program> | undefined
    driver = await testDriver((options) => program(options, { ...course.behaviour, guarantee }), {
      seed: course.seed,
      broker: {
        markerDelayMs: course.markerDelayMs,
        ...(course.latencyMs === 0 ? {} : { latencyMs: { min: 0, max: course.latencyMs } }),
      },
      store: () => new JudgedStore(driver!.log, violations),
      isStarted: false,
    })
    await driver.start()
    return new Run(driver, violations)
  }

  async take(step: Step): Promise<void> {
    const { driver } = this
    const { log } = driver
    switch (step.do) {
      case 'send':
        return this.#send(step.keys, step.fates)
      case 'advance':
        return driver.advance(step.ms)
      case 'crash-at':
        driver.crashAt(step.point, { after: step.after })
        return
      case 'crash':
        driver.workers[step.worker]?.crash()
        return
      case 'stop':
        return driver.workers[step.worker]?.stop()
      case 'stall':
        if (this.#isAlive(step.worker)) log.stall(driver.workers[step.worker]!.built.transport)
        return driver.advance(step.ms)
      case 'wake':
        if (this.#isAlive(step.worker)) log.wake(driver.workers[step.worker]!.built.transport)
        return
      case 'start-dead':
        return driver.start()
      case 'add-worker':
        if (driver.workers.length < 3) await driver.addWorker()
        return
      case 'compact':
        log.compact()
        return
      case 'lose-answer':
        log.faults.at(step.seam, { kind: 'lose-answer' }, { after: step.after, when: this.#isOfWorker })
        return
      case 'delay':
        log.faults.at(step.seam, { kind: 'delay', delayMs: step.ms }, { after: step.after, when: this.#isOfWorker })
        return
      case 'abort':
        log.faults.at(step.seam, { kind: 'fail', error: refused() }, { after: step.after, when: this.#isOfWorker })
        return
    }
  }

  readonly #isOfWorker = ({ clientId }: { readonly clientId: string }): boolean =>
    this.driver.workers.some((worker) => worker.hasClient(clientId))

  #isAlive(index: number): boolean {
    return this.driver.workers[index]?.isAlive === true
  }

  #send(keys: readonly number[], fates: number): void {
    const input = this.driver.input(this.driver.built.numbers)
    input.sendAll(
      keys.map((key) => {
        const n = ++this.#sent
        // Few enough that most of a course is about good records.
        const chosen = (n * 7 + fates) % 41
        const fate = chosen === 0 ? ('dead-letter' as const) : chosen === 1 ? ('skip' as const) : undefined
        return { key: recordKeys[key]!, value: fate === undefined ? { n } : { n, fate } }
      }),
    )
  }

  /** Lets everything come to its end: no more faults, everybody awake and alive. */
  async finish(): Promise<void> {
    const { driver } = this
    driver.log.faults.clear()
    for (const { isAlive, built } of driver.workers) if (isAlive) driver.log.wake(built.transport)
    await driver.start()
    // Plans to crash at a step of a cut may still strike.
    for (let i = 0; i < 40 && (await driver.settle()) === 'stopped'; i++) await driver.start()
    await driver.start()
    await driver.settle()
  }
}

function refused(): StreamError {
  return new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'the broker was away', retryable: true })
}
