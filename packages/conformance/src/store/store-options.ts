import type { Store } from '@stream/core/adapter'
import { assertKnownOptions } from '../kit/index.ts'

/** What {@link storeConformance} is told of a store. */
export interface StoreConformanceOptions {
  /** Stands in the titles of the cases. */
  readonly name: string
  /**
   * Makes a store object that is not started yet; the kit starts and closes it. All of them use one place (directory, namespace), as one
   * process after another would, and at most one is in use at a time, except where `supports.shared`. Every case has tables of its own.
   */
  readonly open: () => Store | Promise<Store>
  /** First seed of the random cases; a failure names the one that replays it. @default another one in each run */
  readonly seed?: number
  /** How long one case may take. @default 30000 */
  readonly caseTimeoutMs?: number
}

const known: readonly (keyof StoreConformanceOptions)[] = ['name', 'open', 'seed', 'caseTimeoutMs']

/** The options with their defaults; unknown ones throw `STREAM_CONFIG_INVALID`. */
export function readStoreOptions(options: StoreConformanceOptions): Required<StoreConformanceOptions> {
  assertKnownOptions('storeConformance', options, known)
  return {
    name: options.name,
    open: options.open,
    seed: options.seed ?? Date.now() % 0x7fffffff,
    caseTimeoutMs: options.caseTimeoutMs ?? 30_000,
  }
}
