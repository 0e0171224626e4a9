import { describeThrown, StreamError } from '../errors/index.ts'
import { type Partitioner, partitionOfKey } from '../partitioner/index.ts'
import type { SensorHub, TableLayer } from '../sensor/index.ts'
import type { ByteRange, MaybePromise } from '../store/index.ts'
import type { RowPages, RowTime, ScopedTable } from '../topology/index.ts'
import { countRows } from './count-rows.ts'
import { DecodedPages } from './decoded-pages.ts'
import { Entry, type RowId } from './entry.ts'
import { encodeKey, rowIdOfBytes } from './row-key.ts'
import { RowScan } from './row-scan.ts'
import type { Scope } from './scope.ts'
import { ScopedView } from './scoped-view.ts'
import { separateBytes } from './separate-bytes.ts'
import type { TablePartition } from './table-partition.ts'

/** What a scoped table needs of the work it belongs to. */
export interface ScopeHolder {
  /** The open scope; throws `STREAM_HANDLE_EXPIRED` when the record is complete. */
  openScope(): Scope
  readonly consumerName: string
  /** Key bytes of the record: wherever it was placed, its own key belongs to its task. */
  readonly recordKey: Uint8Array | null
  /** Of the record, in milliseconds; undefined for work that belongs to none. */
  readonly timestamp: number | undefined
  /** The highest timestamp that the task has seen up to the record; undefined where it keeps none, or has seen none. */
  readonly streamTimeMs: number | undefined
}

/** What is fixed for one table in one task. */
export interface RowAccess {
  readonly rows: TablePartition
  /** How keys are placed, and over how many partitions; `unknown` cannot be checked. */
  readonly partitioner: Partitioner
  readonly partitionCount: number
  readonly maxKeyBytes: number
  readonly maxValueBytes: number
  readonly partitionOfTask: number
  readonly sensors: SensorHub
  /** Wall time, in milliseconds. */
  readonly now: () => number
}

/**
 * A table inside one record's scope: what a `ScopedTable` promises, with keys and values untyped (the declaration's serdes are the only
 * ones that ever look into them).
 */
export class ScopedRows implements ScopedTable {
  readonly #access: RowAccess
  readonly #holder: ScopeHolder
  #lastKey: string | undefined
  #lastKeyBytes: Uint8Array | undefined

  constructor(access: RowAccess, holder: ScopeHolder) {
    this.#access = access
    this.#holder = holder
  }

  get(key: unknown): MaybePromise<Readonly<unknown> | undefined> {
    const keyBytes = this.#encode(key)
    // Values are handed on as they were decoded.
    return separateBytes(this.#read(this.#idOf(key, keyBytes), keyBytes)) as MaybePromise<Readonly<unknown> | undefined>
  }

  /** The key's bytes. An update asks for them twice in a row: where the key is its own identity, they are made once. */
  #encode(key: unknown): Uint8Array {
    const { key: serde, name } = this.#access.rows.table
    if (typeof key !== 'string' || serde.primitiveIdentity !== true) return encodeKey(serde, key, name)
    if (this.#lastKeyBytes !== undefined && key === this.#lastKey) return this.#lastKeyBytes
    this.#lastKey = key
    this.#lastKeyBytes = undefined
    return (this.#lastKeyBytes = encodeKey(serde, key, name))
  }

  #idOf(key: unknown, keyBytes: Uint8Array): RowId {
    return this.#access.rows.table.key.primitiveIdentity === true ? (key as RowId) : rowIdOfBytes(keyBytes)
  }

  #read(id: RowId, keyBytes: Uint8Array): MaybePromise<unknown> {
    const scope = this.#holder.openScope()
    const rows = this.#access.rows
    const own = scope.writes.length === 0 ? undefined : scope.written(rows, id)
    if (own !== undefined) return this.#found('scope', own.bytes === null ? undefined : own.value)
    scope.noteRead(rows, id)
    const staged = rows.staged(id)
    if (staged !== undefined) {
      if (staged.owner !== undefined && staged.owner !== scope) {
        if (scope.dependsOn === undefined) scope.dependsOn = new Set()
        scope.dependsOn.add(staged.owner)
      }
      return this.#found('staged', staged.bytes === null ? undefined : staged.value)
    }
    if (!this.#access.sensors.active.onTableRead) return rows.committed(id, keyBytes)
    const layer = rows.isCached(id) ? 'cache' : 'store'
    const value = rows.committed(id, keyBytes)
    return value instanceof Promise ? value.then((found) => this.#found(layer, found)) : this.#found(layer, value)
  }

  /** Passes an answer on, and tells who watches. */
  #found(layer: TableLayer, value: unknown): unknown {
    const { rows, sensors } = this.#access
    if (sensors.active.onTableRead) {
      const found = value === undefined ? 0 : 1
      sensors.onTableRead({ table: rows.table.name, partition: rows.partition, layer, rows: 1, found })
    }
    return value
  }

  /** Rows that are not at hand are asked of the store together. */
  getMany(keys: readonly unknown[]): MaybePromise<readonly (Readonly<unknown> | undefined)[]> {
    const rows = this.#access.rows
    const found: (Readonly<unknown> | undefined)[] = new Array(keys.length)
    const missing: { readonly at: number; readonly id: RowId; readonly keyBytes: Uint8Array }[] = []
    for (const [at, key] of keys.entries()) {
      const keyBytes = this.#encode(key)
      const id = this.#idOf(key, keyBytes)
      if (this.#isInStore(id)) missing.push({ at, id, keyBytes })
      else found[at] = separateBytes(this.#read(id, keyBytes)) as Readonly<unknown> | undefined
    }
    if (missing.length === 0) return found
    const put = (values: readonly unknown[]): readonly (Readonly<unknown> | undefined)[] => {
      for (const [index, { at }] of missing.entries())
        found[at] = separateBytes(this.#found('store', values[index])) as Readonly<unknown>
      return found
    }
    const values = rows.committedMany(missing)
    return values instanceof Promise ? values.then(put) : put(values)
  }

  /** Whether only the store can tell; the read is noted then. */
  #isInStore(id: RowId): boolean {
    const scope = this.#holder.openScope()
    const rows = this.#access.rows
    if (scope.written(rows, id) !== undefined || rows.staged(id) !== undefined || rows.isCached(id)) return false
    scope.noteRead(rows, id)
    return true
  }

  set(key: unknown, value: unknown): void {
    const { rows, maxValueBytes } = this.#access
    const table = rows.table
    if (value === undefined || value === null) {
      throw new StreamError({
        code: 'STREAM_VALUE_UNDEFINED',
        message: `Table "${table.name}" was given the value ${value}; use delete(key) to remove a row`,
        place: { table: table.name },
      })
    }
    const keyBytes = this.#ownKey(key)
    let bytes: Uint8Array
    try {
      bytes = table.value.serialize(value)
    } catch (cause) {
      throw new StreamError({
        code: 'STREAM_SERIALIZATION_FAILED',
        message: `A value of table "${table.name}" could not be serialised by ${table.value.name}: ${describeThrown(cause)}`,
        cause,
        place: { table: table.name },
      })
    }
    if (bytes.length > maxValueBytes) throw tooLarge(table.name, 'value', bytes.length, maxValueBytes)
    this.#write(key, keyBytes, bytes, rows.prepared(value))
  }

  delete(key: unknown): void {
    this.#write(key, this.#ownKey(key), null, undefined)
  }

  #write(key: unknown, keyBytes: Uint8Array, bytes: Uint8Array | null, value: unknown): void {
    const scope = this.#holder.openScope()
    const rows = this.#access.rows
    const entry = new Entry(keyBytes, bytes, value, scope.input, scope.offset, this.#holder.consumerName)
    scope.addWrite({ table: rows, id: this.#idOf(key, keyBytes), entry })
    const { sensors } = this.#access
    if (!sensors.active.onTableWrite) return
    const deleted = bytes === null ? 1 : 0
    sensors.onTableWrite({ table: rows.table.name, partition: rows.partition, rows: 1, deleted })
  }

  /** The key's bytes, if it belongs to this task's partition. */
  #ownKey(key: unknown): Uint8Array {
    const access = this.#access
    const table = access.rows.table
    const keyBytes = this.#encode(key)
    if (keyBytes.length > access.maxKeyBytes) throw tooLarge(table.name, 'key', keyBytes.length, access.maxKeyBytes)
    if (access.partitioner === 'unknown') return keyBytes
    const placedBy = table.placedBy === undefined ? keyBytes : table.placedBy(keyBytes)
    const partition = partitionOfKey(access.partitioner, placedBy, access.partitionCount)
    const recordKey = this.#holder.recordKey
    if (partition !== access.partitionOfTask && (recordKey === null || Buffer.compare(recordKey, placedBy) !== 0)) {
      throw new StreamError({
        code: 'STREAM_WRONG_PARTITION',
        message:
          `Table "${table.name}" was written with a key of partition ${partition} by the task of partition ${access.partitionOfTask}; ` +
          'its rows would be split over partitions. Bring the records to the key first: stream.groupBy(name, (value) => key)',
        place: { table: table.name, partition: access.partitionOfTask, keyPartition: partition },
      })
    }
    return keyBytes
  }

  scan(range: ByteRange): RowPages {
    const { rows } = this.#access
    const openScope = (): Scope => this.#holder.openScope()
    return new DecodedPages(new RowScan(rows, range, new ScopedView(rows, range, openScope)), rows, openScope)
  }

  stored(): MaybePromise<{ readonly rows: number; readonly isExact: boolean }> {
    this.#holder.openScope()
    const told = (count: { readonly rows: number; readonly exact: boolean }) => ({
      rows: count.rows,
      isExact: count.exact,
    })
    const count = this.#access.rows.store.count()
    return count instanceof Promise ? count.then(told) : told(count)
  }

  count(): MaybePromise<number> {
    const { rows } = this.#access
    return countRows(rows, new ScopedView(rows, {}, () => this.#holder.openScope()))
  }

  get time(): RowTime {
    const { timestamp, streamTimeMs } = this.#holder
    return { eventMs: timestamp, streamMs: streamTimeMs, wallMs: this.#access.now() }
  }
}

function tooLarge(table: string, what: 'key' | 'value', size: number, limit: number): StreamError {
  return new StreamError({
    code: 'STREAM_RECORD_TOO_LARGE',
    message: `A ${what} of table "${table}" has ${size} bytes; its store or changelog takes at most ${limit}. Store less per row, or raise the limit (max.message.bytes of the changelog topic)`,
    place: { table, sizeBytes: size, limitBytes: limit },
  })
}
