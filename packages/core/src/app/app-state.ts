import type { StreamError } from '../errors/index.ts'

/**
 * Where an app stands.
 * - `created`: being declared.
 * - `starting`: checks its declarations, opens its adapters, prepares its topics.
 * - `rebalancing`: joins its group, or gives partitions up and gets others.
 * - `recovering`: at least one task restores its tables; others work meanwhile.
 * - `running`: all its tasks work.
 * - `draining`: takes nothing new, finishes what is in flight, makes a last cut.
 * - `stopped`: the end after a stop. Everything is closed.
 * - `failed`: the end after a failure. Everything is closed, and `failure` holds the cause.
 */
export type AppState =
  | 'created'
  | 'starting'
  | 'rebalancing'
  | 'recovering'
  | 'running'
  | 'draining'
  | 'stopped'
  | 'failed'

/** One change of {@link AppState}. */
export interface StateChange {
  readonly from: AppState
  readonly to: AppState
  /** Why it failed. */
  readonly failure?: StreamError
}
