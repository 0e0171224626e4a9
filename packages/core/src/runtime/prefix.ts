import type { RowUser, Scope } from '../state/index.ts'

/** What a cut may take of a task. */
export interface Prefix {
  /** Position per input. */
  readonly positions: readonly number[]
  /** Completed scopes that are part of it, in order of completion. */
  readonly included: readonly Scope[]
  /** Completed scopes that are not, in order of completion. */
  readonly remaining: readonly Scope[]
}

/**
 * The longest prefix of the inputs that can be committed on its own: everything below the positions is complete, and nothing in it has
 * read or overwritten a row of a completed record above it. Where one has, the prefix ends before that one.
 *
 * @param positions lowest unfinished offset per input
 * @param apart completed scopes that are not settled, in order of completion
 */
export function longestPrefix(positions: readonly number[], apart: readonly Scope[]): Prefix {
  if (apart.length === 0) return { positions, included: [], remaining: [] }
  const limits = [...positions]
  const isIncluded = (scope: RowUser): boolean => scope.offset < limits[scope.input]!
  for (let isStable = false; !isStable; ) {
    isStable = true
    for (const scope of apart) {
      if (scope.dependsOn === undefined || !isIncluded(scope)) continue
      for (const needed of scope.dependsOn) {
        if (isIncluded(needed)) continue
        limits[scope.input] = scope.offset
        isStable = false
        break
      }
    }
  }
  const included: Scope[] = []
  const remaining: Scope[] = []
  for (const scope of apart) (isIncluded(scope) ? included : remaining).push(scope)
  return { positions: limits, included, remaining }
}
