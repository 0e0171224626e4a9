import type { Settings } from '@stream/core'

/** What one setting changes: two values of it, and what is observed under each. */
export interface Effect<Value = unknown> {
  readonly values: readonly [Value, Value]
  readonly observed: readonly [unknown, unknown]
  /** Runs an app under a value, and says what can be seen of it from outside. */
  observe(value: Value): Promise<unknown>
}

/** The effects of some settings, by name. */
export type Effects = { readonly [Name in keyof Settings]?: Effect<Settings[Name]> }
