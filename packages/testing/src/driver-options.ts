import type { App, AppRuntimeOptions, Log, Sensor, Store, Transport } from '@stream/core'

/** What a worker under test is made with: spread it into the options of `new App()`. */
export interface WorkerOptions {
  /** A way to the driver's log. */
  readonly transport: Transport
  /** A store of the worker's own. */
  readonly store: Store
  /** The driver's own; an app with sensors of its own lists them behind these. */
  readonly sensors: readonly Sensor[]
  /** Takes what the app has to say. */
  readonly log: Log
  /** The virtual clock, the seeded random, and a process whose environment names the worker. */
  readonly runtime: Required<AppRuntimeOptions>
}

/** What a factory makes: an app, alone or with what it declared. */
export type Built = App | { readonly app: App }

/**
 * Builds the app under test. Called once for every start of every worker: everything has to be made in here, the app above all, and
 * nothing may be shared that a process would not share.
 */
export type AppFactory<B extends Built> = (options: WorkerOptions) => B

/** How the log behaves. */
export interface LogBehaviour {
  /** Partitions of topics for which nobody says a number. @default 1 */
  readonly defaultPartitions?: number
  /** How long the markers of a transaction lag behind its decision. @default 0 */
  readonly markerDelayMs?: number
  /** How long a request travels, drawn evenly from the range. @default none, requests are answered at once */
  readonly latencyMs?: { readonly min: number; readonly max: number }
}

/** What {@link testDriver} may be told. */
export interface TestDriverOptions {
  /** Everything random is drawn from it: same seed, same inputs, same course. @default 1 */
  readonly seed?: number
  /** What the virtual clock tells at first, in milliseconds since 1970. @default the beginning of 2026 */
  readonly startMs?: number
  /** Settings by environment variables, such as `{ STREAM_COMMIT_INTERVAL_MS: '50' }`; nothing else of the environment is seen. @default {} */
  readonly env?: Readonly<Record<string, string>>
  /** Makes the store of a worker at each of its starts. Return the same one again for rows that outlive the worker. @default memory() */
  readonly store?: () => Store
  /** Takes what the apps have to say, and how they fail. @default nothing is shown */
  readonly log?: Log
  /** @default a log that answers at once */
  readonly broker?: LogBehaviour
  /** How much virtual time `settle()` may take. @default 600000, ten minutes */
  readonly settleLimitMs?: number
  /** Whether the first worker is started. @default true */
  readonly isStarted?: boolean
}
