import { type RowAccess, Scope, ScopedRows } from '../state/index.ts'
import type { MaybePromise } from '../store/index.ts'
import type { RowSweeper, ScopedTable } from '../topology/index.ts'

/** Rows that one table partition is relieved of before a cut, at most. */
const rowsPerSweep = 2000

/** What a sweep needs of its task. */
export interface SweepHost {
  readonly isOpen: boolean
  settle(scope: Scope): void
}

/** Takes due rows of a table away, before a cut. Nothing to wait for where the store answers at once. */
export function sweepTable(access: RowAccess, host: SweepHost): MaybePromise<unknown> {
  const { rows } = access
  const { expiry } = rows.table
  const nowMs = expiry?.clock === 'wall' ? access.now() : rows.streamTimeMs
  if (expiry === undefined || nowMs === undefined) return undefined
  return expiry.sweep(new ScopedSweeper(access, host), nowMs, rowsPerSweep)
}

class ScopedSweeper implements RowSweeper {
  readonly #access: RowAccess
  readonly #host: SweepHost

  constructor(access: RowAccess, host: SweepHost) {
    // Whoever wrote a row has answered for its partition.
    this.#access = { ...access, partitioner: 'unknown' }
    this.#host = host
  }

  step(work: (rows: ScopedTable) => MaybePromise<void>): MaybePromise<boolean> {
    const scope = new Scope(0, 0)
    scope.startTracking()
    const holder = {
      openScope: () => scope,
      consumerName: 'expiry',
      recordKey: null,
      timestamp: undefined,
      streamTimeMs: undefined,
    }
    try {
      const done = work(new ScopedRows(this.#access, holder))
      if (!(done instanceof Promise)) return this.#end(scope)
      return done.then(
        () => this.#end(scope),
        (error: unknown) => {
          scope.stopTracking()
          throw error
        },
      )
    } catch (error) {
      scope.stopTracking()
      throw error
    }
  }

  #end(scope: Scope): boolean {
    scope.stopTracking()
    const isSettled = scope.dependsOn === undefined || scope.dependsOn.size === 0
    if (scope.isConflicted || !isSettled || !this.#host.isOpen) return false
    this.#host.settle(scope)
    return true
  }
}
