import type { SettingsInput, StoreAdapter, TransportAdapter } from '../config/index.ts'
import type { Sensor } from '../sensor/index.ts'
import type { Clock, Random } from '../service/index.ts'
import type { Store } from '../store/index.ts'
import type { Transport } from '../transport/index.ts'
import type { HostProcess } from './host-process.ts'
import type { Log } from './log.ts'

/** What a crash can do to results: `exactly_once` nothing, `at_least_once` repeat some of them. */
export type Guarantee = 'exactly_once' | 'at_least_once'

/** What an app is made of. */
export interface AppOptions {
  /**
   * Names the consumer group, and begins the names of internal topics: letters, digits, `.`, `_`, `-`. All workers of an app have the
   * same one; another id is another app, which starts from the beginning.
   */
  readonly id: string
  /** The program's own version, for descriptions. */
  readonly version?: string
  /** The log: what an adapter makes, or a string such as `kafkajs://localhost:9092`. `STREAM_TRANSPORT` goes before. */
  readonly transport?: Transport | string | undefined
  /** A transport whose admin client prepares the topics, where `transport` lacks something. `STREAM_ADMIN` goes before. @default transport */
  readonly admin?: Transport | string | undefined
  /** Where tables keep their rows; needed where there are tables. `STREAM_STORE` goes before. */
  readonly store?: Store | string | undefined
  /** `STREAM_GUARANTEE` goes before. @default 'exactly_once' */
  readonly guarantee?: Guarantee | undefined
  /** Everything else that can be set; environment variables go before. @default {} */
  readonly settings?: Omit<SettingsInput, 'transport' | 'admin' | 'store' | 'guarantee'>
  /** @default [] */
  readonly sensors?: readonly Sensor[]
  /** Adapters that strings may name besides the library's own. @default [] */
  readonly adapters?: readonly (TransportAdapter | StoreAdapter)[]
  /** Takes what the app, its transport and its stores have to say. @default warnings and errors, to stderr */
  readonly log?: Log
  /** The world around the app, for tests and simulations. */
  readonly runtime?: AppRuntimeOptions
}

/** The world around an app. */
export interface AppRuntimeOptions {
  /** @default systemClock */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: Random
  /** Environment, signals and exit. @default Node's process */
  readonly process?: HostProcess
}
