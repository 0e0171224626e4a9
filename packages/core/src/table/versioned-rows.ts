import type { Serde } from '../serde/index.ts'
import { separateBytes } from '../state/index.ts'
import type { ReadableRows } from '../topology/index.ts'
import { dueTime } from './due-rows.ts'
import { rowPrefix, userKey } from './row-key.ts'
import type { RowSource } from './row-source.ts'
import { noValue } from './table-problem.ts'
import type { TableScope } from './table-scope.ts'
import { type TimedKey, type TimedRow, type TimeRange, timedRange, timeOfWrite } from './timed-key.ts'
import type { TimedWriteOptions, Version, VersionedHandle, VersionedReader } from './timed-table.ts'

/** What versions are made of. */
export interface VersionedFormat<K> {
  readonly table: string
  readonly key: Serde<K>
  readonly historyMs: number
}

/** A row as it was found. */
export type TimedFound<K, V> = readonly [TimedKey<K>, Readonly<TimedRow<V>>]

/** Reads of versions, wherever their rows are. */
export class VersionedReads<K, V> implements VersionedReader<K, V> {
  readonly #format: VersionedFormat<K>
  readonly #source: RowSource<TimedKey<K>, TimedRow<V>>

  constructor(format: VersionedFormat<K>, source: RowSource<TimedKey<K>, TimedRow<V>>) {
    this.#format = format
    this.#source = source
  }

  async get(key: K, options?: { readonly asOf?: number }): Promise<Readonly<V> | undefined> {
    const { rows, prefix } = this.#of(key)
    return valueIn(await this.#at(rows, prefix, options?.asOf))
  }

  async version(key: K, options?: { readonly asOf?: number }): Promise<Version<V> | undefined> {
    const { rows, prefix } = this.#of(key)
    const found = await this.#at(rows, prefix, options?.asOf)
    const value = valueIn(found)
    if (found === undefined || value === undefined) return undefined
    const [, validFromMs] = found[0]
    const next = await firstOf(rows, prefix, { fromMs: validFromMs + 1 })
    return { value, validFromMs, validToMs: next?.[0][1] }
  }

  async #at(
    rows: ReadableRows<TimedKey<K>, TimedRow<V>>,
    prefix: Uint8Array,
    asOf: number | undefined,
  ): Promise<TimedFound<K, V> | undefined> {
    const horizonMs = (rows.time.streamMs ?? 0) - this.#format.historyMs
    if (asOf !== undefined && asOf >= horizonMs) return firstOf(rows, prefix, { toMs: asOf + 1, reverse: true })
    // Of what lies further back only the version that holds still is sure to be there.
    const last = await firstOf(rows, prefix, { reverse: true })
    return asOf === undefined || (last !== undefined && last[0][1] <= asOf) ? last : undefined
  }

  #of(key: K): { readonly rows: ReadableRows<TimedKey<K>, TimedRow<V>>; readonly prefix: Uint8Array } {
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    return { rows: this.#source.at(prefix), prefix }
  }
}

/** The handle that consumers get. */
export class BoundVersioned<K, V> implements VersionedHandle<K, V> {
  readonly #format: VersionedFormat<K>
  readonly #scope: TableScope<TimedKey<K>, TimedRow<V>>
  readonly #reads: VersionedReads<K, V>

  constructor(
    format: VersionedFormat<K>,
    scope: TableScope<TimedKey<K>, TimedRow<V>>,
    source: RowSource<TimedKey<K>, TimedRow<V>>,
  ) {
    this.#format = format
    this.#scope = scope
    this.#reads = new VersionedReads(format, source)
  }

  get(key: K, options?: { readonly asOf?: number }): Promise<Readonly<V> | undefined> {
    return this.#reads.get(key, options)
  }

  version(key: K, options?: { readonly asOf?: number }): Promise<Version<V> | undefined> {
    return this.#reads.version(key, options)
  }

  put(key: K, value: V, options: TimedWriteOptions = {}): boolean {
    if (value === undefined || value === null) throw noValue(this.#format.table, value)
    return this.#write(key, value, options)
  }

  delete(key: K, options: TimedWriteOptions = {}): boolean {
    return this.#write(key, null, options)
  }

  #write(key: K, value: V | null, { timestampMs }: TimedWriteOptions): boolean {
    const rows = this.#scope.scoped()
    const { table, historyMs } = this.#format
    userKey(this.#format.key, key, table)
    const timeMs = timeOfWrite(timestampMs, rows.time, table)
    if (timeMs < (rows.time.streamMs ?? 0) - historyMs) return false
    rows.set([key, timeMs, 0], { value: separateBytes(value) })
    rows.set([key, dueTime(timeMs + historyMs, historyMs), undefined], true)
    return true
  }
}

/** The first row of a key in a stretch of time. */
export async function firstOf<K, V>(
  rows: ReadableRows<TimedKey<K>, TimedRow<V>>,
  prefix: Uint8Array,
  range: TimeRange,
): Promise<TimedFound<K, V> | undefined> {
  const pages = rows.scan(timedRange(prefix, range))
  const [first] = await pages.next(1)
  pages.close()
  return first
}

function valueIn<V>(found: TimedFound<unknown, V> | undefined): Readonly<V> | undefined {
  const row = found?.[1]
  return row === undefined || row === true || row.value === null ? undefined : separateBytes(row.value)
}
