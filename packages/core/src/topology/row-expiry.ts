import type { MaybePromise } from '../store/index.ts'
import type { ScopedTable } from './scoped-table.ts'

/** How rows go by themselves; see `TableDeclaration.expiry`. */
export interface RowExpiry {
  /**
   * What rows grow old by: the stream time of their task, kept in the table itself (a row under {@link streamTimeKey}), or the clock of the
   * worker.
   */
  readonly clock: 'event' | 'wall'
  /**
   * Deletes rows that are due at `nowMs`: looks at as many as `limit` of them, and answers how many it has dealt with. Works on what is
   * settled, through rows that belong to no record.
   */
  sweep(rows: RowSweeper, nowMs: number, limit: number): MaybePromise<number>
}

/** Where a sweep finds the rows, and takes them away in steps of which each is done as a whole or not at all. */
export interface RowSweeper {
  /**
   * Runs one step. What it read has to be settled, and unchanged when it is done: else nothing of it is, and the answer is false. Due rows
   * are met again at the next cut.
   */
  step(work: (rows: ScopedTable) => MaybePromise<void>): MaybePromise<boolean>
}

/** The row in which a table that expires by stream time keeps that time, in milliseconds as 8 bytes. No other row begins with its byte. */
export const streamTimeKey: Uint8Array = Uint8Array.of(0xff)
