import { App, type AppOptions, type ErrorEvent, type HostProcess, type StreamError } from '@stream/core'
import { onTestFailed, onTestFinished } from 'vitest'
import type { Cluster } from '../cluster/index.ts'
import { StorePlace } from '../stores/index.ts'

/** What an app of a test may say itself; the rest is the stage's. */
export interface StagedOptions extends Omit<Partial<AppOptions>, 'id'> {
  /** @default the stage's */
  readonly id?: string
  /** @default {} */
  readonly env?: Readonly<Record<string, string>>
}

/** Quick enough for tests, slow enough for a busy machine. */
const settings = {
  commitIntervalMs: 25,
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 250,
  rebalanceTimeoutMs: 10_000,
  transactionTimeoutMs: 5_000,
  fetchWaitMs: 50,
  drainTimeoutMs: 5_000,
  defaultPartitions: 2,
} as const

let stages = 0

/** One test's place on a cluster: names that nobody else uses, and apps that are stopped when the test is over. */
export class Stage {
  readonly cluster: Cluster
  /** Id of its app, and the beginning of its topics' names. */
  readonly id: string
  readonly apps: App[] = []
  readonly errors: ErrorEvent[] = []
  /** What the apps had to say, as `level message`. */
  readonly lines: string[] = []
  readonly #stores: StorePlace = new StorePlace()

  constructor(cluster: Cluster) {
    this.cluster = cluster
    this.id = `t${process.pid.toString(36)}-${Date.now().toString(36)}-${stages++}`
    onTestFinished(() => this.close())
    onTestFailed(() => void process.stderr.write(this.#report()))
  }

  /** The name of a topic of this test. */
  named(name: string): string {
    return `${this.id}.${name}`
  }

  /** An app on a connection and a store of its own. */
  app(options: StagedOptions = {}): App {
    const { env = {}, settings: own, ...rest } = options
    const admin = this.cluster.admin()
    const app = new App({
      id: this.id,
      transport: this.cluster.connect(),
      ...(admin === undefined ? {} : { admin }),
      store: this.#stores.make(this.cluster.storeKind),
      log: (level, message) => void this.lines.push(`${level} ${message}`),
      runtime: { process: quietProcess(env) },
      ...rest,
      settings: { ...settings, ...own },
    })
    app.on('error', (event) => void this.errors.push(event))
    this.apps.push(app)
    return app
  }

  #report(): string {
    const states = this.apps.map(({ state, failure }) => `${state} ${failure ?? ''}`)
    const errors = this.errors.map(({ consequence, error }) => `${consequence}: ${error}`)
    return [`stage ${this.id}`, ...states, ...errors, ...this.lines, ''].join('\n  ')
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop().catch(() => undefined)))
    this.#stores.remove()
  }
}

/** A process that nobody signals and whose environment holds nothing else. */
export function quietProcess(env: Readonly<Record<string, string>> = {}): HostProcess {
  return { env, exit: () => undefined, on: () => undefined, off: () => undefined }
}

/** Resolves with the cause as soon as the app has failed. */
export function failureOf(app: App): Promise<StreamError> {
  return new Promise((resolve) => {
    if (app.failure !== undefined) resolve(app.failure)
    app.on('state', ({ failure }) => {
      if (failure !== undefined) resolve(failure)
    })
  })
}

/** Resolves as soon as the app is in the state. */
export function reached(app: App, state: App['state']): Promise<void> {
  return new Promise((resolve) => {
    if (app.state === state) resolve()
    app.on('state', ({ to }) => {
      if (to === state) resolve()
    })
  })
}
