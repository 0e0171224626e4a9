import type { RowUser, Scope } from '../state/index.ts'
import type { Outbox } from './outbox.ts'
import { longestPrefix } from './prefix.ts'

/** Completed scopes are looked through when this many have gathered, and then whenever as many again have come. */
const leastToLookThrough = 64

/**
 * The completed scopes that stand apart, in order of completion: something below them was unfinished when they completed, or something
 * before them stood apart already. They are settled as their prefix closes, not only at cuts, so that few are held at a time.
 */
export class ApartScopes {
  #scopes: readonly Scope[] = []
  #added: Scope[] = []
  #lookThroughAt = leastToLookThrough
  #sizeBytes = 0

  get isEmpty(): boolean {
    return this.#scopes.length === 0 && this.#added.length === 0
  }

  /** What their sends would take in an outbox. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Whether {@link ApartScopes.settle} is worth its while. */
  get isLong(): boolean {
    return this.#added.length >= this.#lookThroughAt
  }

  /** Those that are left apart. */
  get remaining(): readonly Scope[] {
    return this.#added.length === 0 ? this.#scopes : this.#scopes.concat(this.#added)
  }

  add(scope: Scope): void {
    this.#added.push(scope)
    for (const send of scope.sends) this.#sizeBytes += send.sizeBytes
  }

  /**
   * Settles what belongs to the longest prefix that can be committed on its own; its sends go to the outbox.
   *
   * @param positions lowest unfinished offset per input
   * @returns the end of that prefix, per input
   */
  settle(positions: readonly number[], outbox: Outbox): readonly number[] {
    const prefix = longestPrefix(positions, this.remaining)
    for (const scope of prefix.included) {
      for (const { table, entry } of scope.writes) table.settle(entry)
      for (const send of scope.sends) outbox.add(send)
      // Else each settled scope would keep the one before it alive, and so on.
      scope.dependsOn = undefined
    }
    const remaining: ReadonlySet<RowUser> = new Set(prefix.remaining)
    this.#sizeBytes = 0
    for (const scope of prefix.remaining) {
      forgetSettled(scope, remaining)
      for (const send of scope.sends) this.#sizeBytes += send.sizeBytes
    }
    this.#scopes = prefix.remaining
    this.#added = []
    this.#lookThroughAt = Math.max(leastToLookThrough, prefix.remaining.length)
    return prefix.positions
  }
}

/** Settled scopes are no dependency any more, and must not be kept alive by one. */
function forgetSettled(scope: Scope, remaining: ReadonlySet<RowUser>): void {
  if (scope.dependsOn === undefined) return
  for (const needed of scope.dependsOn) if (!remaining.has(needed)) scope.dependsOn.delete(needed)
}
