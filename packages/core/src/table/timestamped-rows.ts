import type { Serde } from '../serde/index.ts'
import { separateBytes } from '../state/index.ts'
import type { ReadableRows, ScopedTable } from '../topology/index.ts'
import { dueTime } from './due-rows.ts'
import type { ScanOptions } from './key-range.ts'
import { readRange } from './read-pages.ts'
import { rowPrefix, userKey } from './row-key.ts'
import type { RowSource } from './row-source.ts'
import { noValue } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'
import { type TimedKey, type TimedRow, type TimeRange, timedRange, timeOfWrite } from './timed-key.ts'
import type { Timed, TimedWriteOptions, TimestampedHandle, TimestampedReader } from './timed-table.ts'

/** What values by time are made of. */
export interface TimestampedFormat<K> {
  readonly table: string
  readonly key: Serde<K>
  readonly graceMs: number
  readonly duplicates: boolean
}

/** Rows deleted in one go. */
const rowsAtOnce = 256

/** Reads of values by time, wherever their rows are. */
export class TimestampedReads<K, V> implements TimestampedReader<K, V> {
  readonly #format: TimestampedFormat<K>
  readonly #source: RowSource<TimedKey<K>, TimedRow<V>>

  constructor(format: TimestampedFormat<K>, source: RowSource<TimedKey<K>, TimedRow<V>>) {
    this.#format = format
    this.#source = source
  }

  async latest(key: K, { atMs }: { readonly atMs?: number } = {}): Promise<Timed<V> | undefined> {
    const { rows, prefix } = this.#of(key)
    const untilMs = atMs ?? rows.time.eventMs
    const toMs = untilMs === undefined ? undefined : untilMs + 1
    const range = timedRange(prefix, { fromMs: horizon(rows, this.#format), toMs, reverse: true })
    const pages = rows.scan(range)
    const [row] = await pages.next(1)
    pages.close()
    return row === undefined ? undefined : timed(row)
  }

  async *interval(key: K, options: TimeRange & Omit<ScanOptions, 'reverse'> = {}): AsyncIterableIterator<Timed<V>> {
    const { rows, prefix } = this.#of(key)
    const fromMs = Math.max(options.fromMs ?? 0, horizon(rows, this.#format))
    for await (const row of readRange([rows], timedRange(prefix, { ...options, fromMs }), options)) yield timed(row)
  }

  #of(key: K): { readonly rows: ReadableRows<TimedKey<K>, TimedRow<V>>; readonly prefix: Uint8Array } {
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    return { rows: this.#source.at(prefix), prefix }
  }
}

/** The handle that consumers get. */
export class BoundTimestamped<K, V> implements TimestampedHandle<K, V> {
  readonly #format: TimestampedFormat<K>
  readonly #scope: TableScope<TimedKey<K>, TimedRow<V>>
  readonly #reads: TimestampedReads<K, V>

  constructor(
    format: TimestampedFormat<K>,
    scope: TableScope<TimedKey<K>, TimedRow<V>>,
    source: RowSource<TimedKey<K>, TimedRow<V>>,
  ) {
    this.#format = format
    this.#scope = scope
    this.#reads = new TimestampedReads(format, source)
  }

  latest(key: K, options?: { readonly atMs?: number }): Promise<Timed<V> | undefined> {
    return this.#reads.latest(key, options)
  }

  interval(key: K, options?: TimeRange & Omit<ScanOptions, 'reverse'>): AsyncIterableIterator<Timed<V>> {
    return this.#reads.interval(key, options)
  }

  async put(key: K, value: V, { timestampMs }: TimedWriteOptions = {}): Promise<boolean> {
    if (value === undefined || value === null) throw noValue(this.#format.table, value)
    const rows = this.#scope.scoped()
    const { graceMs, duplicates } = this.#format
    const timeMs = timeOfWrite(timestampMs, rows.time, this.#format.table)
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    if (timeMs < horizon(rows, this.#format)) return false
    const nth = duplicates ? await this.#nextAt(rows, prefix, timeMs) : 0
    rows.set([key, timeMs, nth], { value: separateBytes(value) })
    rows.set([key, dueTime(timeMs + graceMs + 1, graceMs), undefined], true)
    return true
  }

  async #nextAt(rows: ScopedTable<TimedKey<K>, TimedRow<V>>, prefix: Uint8Array, timeMs: number): Promise<number> {
    const pages = rows.scan(timedRange(prefix, { fromMs: timeMs, toMs: timeMs + 1, reverse: true }))
    const [last] = await pages.next(1)
    return last === undefined ? 0 : (last[0][2] ?? 0) + 1
  }

  async delete(key: K, timestampMs: number): Promise<void> {
    const rows = this.#scope.scoped()
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    await deleteWithin(rows, prefix, { fromMs: timestampMs, toMs: timestampMs + 1 }, Number.POSITIVE_INFINITY)
  }
}

/** Deletes rows of a key in a stretch of time, at most `limit` of them, and answers how many they were. */
export async function deleteWithin<K, V>(
  rows: ScopedTable<TimedKey<K>, TimedRow<V>>,
  prefix: Uint8Array,
  range: TimeRange,
  limit: number,
): Promise<number> {
  const pages = rows.scan(timedRange(prefix, range))
  for (let deleted = 0; ; ) {
    const wanted = Math.min(rowsAtOnce, limit - deleted)
    if (wanted <= 0) return deleted
    const found = await pages.next(wanted)
    for (const [row] of found) rows.delete(row)
    deleted += found.length
    if (found.length < wanted) return deleted
  }
}

/** The oldest time that is kept. */
function horizon({ time }: ReadableRows, { graceMs }: { readonly graceMs: number }): number {
  return (time.streamMs ?? 0) - graceMs
}

function timed<K, V>([[, timestampMs], row]: readonly [TimedKey<K>, Readonly<TimedRow<V>>]): Timed<V> {
  // Rows with a time of their own always have a value in a table of this kind.
  return { timestampMs, value: separateBytes((row as { readonly value: V }).value) }
}
