import type { MaybePromise } from '../store/index.ts'
import type { RowSweeper, ScopedTable } from '../topology/index.ts'
import { after } from './key-range.ts'
import { rowTag } from './row-key.ts'

/** Due rows that are read in one go. */
const dueAtOnce = 256

/** The least time with which {@link dueKey} writes a row that is due at `timeMs`, when rows live about `lifeMs`. */
export function dueTime(timeMs: number, lifeMs: number): number {
  // In steps of a sixteenth of their life: a row that is written often is noted down sixteen times in its life, not with every write.
  const stepMs = 2 ** Math.max(0, Math.floor(Math.log2(lifeMs / 16)))
  return Math.ceil(timeMs / stepMs) * stepMs
}

/** Key of the row that says: look at these rows at that time. In order of time. */
export function dueKey(dueMs: number, keyBytes: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(9 + keyBytes.length)
  bytes[0] = rowTag.due
  writeTime(bytes, 1, dueMs)
  bytes.set(keyBytes, 9)
  return bytes
}

/** What {@link dueKey} has written. */
export function readDueKey(rowKey: Uint8Array): { readonly dueMs: number; readonly keyBytes: Uint8Array } {
  if (rowKey.length < 9) throw new Error('a row that tells when others are due has at least 9 bytes in its key')
  return { dueMs: readTime(rowKey, 1), keyBytes: rowKey.subarray(9) }
}

/** A time in milliseconds as 8 bytes, in the order of times. */
export function writeTime(bytes: Uint8Array, at: number, timeMs: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(at, BigInt(timeMs))
}

/** What {@link writeTime} has written. */
export function readTime(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at))
}

/** The due rows of one kind of table. */
export interface DueRows<K> {
  bytesOf(due: K): Uint8Array
  /**
   * Deletes what has expired of the rows that a due row stands for, at most `limit` of them, and the due row with the last of them. Answers
   * how many it deleted.
   */
  expire(rows: ScopedTable, due: K, limit: number): MaybePromise<number>
}

/**
 * Goes over what is due at `nowMs`, the oldest first, and lets `expire` deal with each in a step of its own. Costs what is due, whatever
 * the table holds.
 */
export async function sweepDue<K>(
  sweeper: RowSweeper,
  nowMs: number,
  limit: number,
  { bytesOf, expire }: DueRows<K>,
): Promise<number> {
  const lt = new Uint8Array(9)
  lt[0] = rowTag.due
  writeTime(lt, 1, nowMs + 1)
  let gte: Uint8Array = Uint8Array.of(rowTag.due)
  for (let done = 0; ; ) {
    const wanted = Math.min(dueAtOnce, limit - done)
    if (wanted <= 0) return done
    let due: readonly K[] = []
    // Only read: whoever deals with one of them reads what it needs again.
    await sweeper.step(async (rows) => {
      const page = await rows.scan({ gte, lt }).next(wanted)
      due = page.map(([key]) => key as K)
      const last = page.at(-1)
      if (last !== undefined) gte = after(bytesOf(last[0] as K))
    })
    for (const one of due) {
      await sweeper.step(async (rows) => {
        done += Math.max(1, await expire(rows, one, limit - done))
      })
    }
    if (due.length < wanted) return done
  }
}
