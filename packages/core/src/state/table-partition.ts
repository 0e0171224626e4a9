import { describeThrown, StreamError } from '../errors/index.ts'
import type { MaybePromise, StorePartition } from '../store/index.ts'
import type { TableDeclaration } from '../topology/index.ts'
import { DecodedCache } from './decoded-cache.ts'
import { deepFreeze } from './deep-freeze.ts'
import { describeKey } from './describe-key.ts'
import type { Entry, Layer, RowId, RowUser } from './entry.ts'
import { OrderedKeys } from './ordered-keys.ts'
import type { RowKeeper } from './row-keeper.ts'
import type { ScannedRange } from './scanned-range.ts'
import { separateBytes } from './separate-bytes.ts'

/** What a cached row is taken to cost beside its key and value. */
const rowOverheadBytes = 64

/** What a table partition is opened with. */
export interface TablePartitionOptions {
  readonly table: TableDeclaration
  readonly partition: number
  readonly store: StorePartition
  /** Whether several records in flight can touch the table at a time, so that reads must be watched. */
  readonly isShared: boolean
  /** Bound of the decoded-value cache, in encoded bytes; 0: none. */
  readonly cacheBytes: number
  readonly freezeValues: boolean
}

/**
 * One partition of one table inside its task: the active layer, the frozen layer of a cut under way, the cache of decoded committed
 * values, and the store partition below; read in this order.
 */
export class TablePartition {
  readonly table: TableDeclaration
  readonly partition: number
  readonly store: StorePartition
  readonly isShared: boolean
  /** Completed writes since the last cut. */
  active: Layer = new Map()
  /** What a cut is committing, and then applying. */
  frozen: Layer | undefined
  /** The frozen layer is committed: readers from outside may see it. */
  isFrozenCommitted = false
  /** Scans from outside that are under way. */
  readonly snapshots: Set<RowKeeper> = new Set()
  /** The stream time that is committed with the rows, where the table keeps one. */
  streamTimeMs: number | undefined
  /** Bytes staged in the active layer, covered rows included. */
  stagedBytes = 0
  readonly #cache: DecodedCache | undefined
  readonly #freezeValues: boolean
  readonly #readers = new Map<RowId, Set<RowUser>>()
  readonly #scans = new Map<ScannedRange, RowUser>()
  /** Kept from the first scan on. */
  #activeOrder: OrderedKeys | undefined
  #frozenOrder: OrderedKeys | undefined
  #epoch = 0

  constructor(options: TablePartitionOptions) {
    this.table = options.table
    this.partition = options.partition
    this.store = options.store
    this.isShared = options.isShared
    this.#freezeValues = options.freezeValues
    if (options.cacheBytes > 0) this.#cache = new DecodedCache(options.cacheBytes)
  }

  /** The entry of a row that is not in the store yet. */
  staged(id: RowId): Entry | undefined {
    return this.active.get(id) ?? this.frozen?.get(id)
  }

  /** The decoded value below the active layer's reach for this row is in the cache or in the store; undefined: no row. */
  committed(id: RowId, keyBytes: Uint8Array): MaybePromise<unknown> {
    const cached = this.#cache?.get(id)
    if (cached !== undefined) return cached
    const bytes = this.store.get(keyBytes)
    if (bytes instanceof Promise) {
      const epoch = this.#epoch
      return bytes.then((found) => this.#decoded(id, keyBytes, found, epoch === this.#epoch))
    }
    return this.#decoded(id, keyBytes, bytes, true)
  }

  /** As {@link TablePartition.committed}, for rows that are not in the cache: the store is asked once. */
  committedMany(
    wanted: readonly { readonly id: RowId; readonly keyBytes: Uint8Array }[],
  ): MaybePromise<readonly unknown[]> {
    const epoch = this.#epoch
    const decode = (found: readonly (Uint8Array | undefined)[], mayCache: boolean): readonly unknown[] =>
      wanted.map(({ id, keyBytes }, index) => this.#decoded(id, keyBytes, found[index], mayCache))
    const found = this.store.getMany(wanted.map(({ keyBytes }) => keyBytes))
    if (found instanceof Promise) return found.then((bytes) => decode(bytes, epoch === this.#epoch))
    return decode(found, true)
  }

  /** Whether the row's decoded value is at hand. */
  isCached(id: RowId): boolean {
    return this.#cache?.has(id) ?? false
  }

  #decoded(id: RowId, keyBytes: Uint8Array, bytes: Uint8Array | undefined, mayCache: boolean): unknown {
    if (bytes === undefined) return undefined
    const value = this.decode(bytes, keyBytes)
    if (mayCache && this.#cache !== undefined) {
      this.#cache.set(id, separateBytes(value), keyBytes.length + bytes.length + rowOverheadBytes)
    }
    return value
  }

  /** Decodes a stored value; the error names the table and the key. */
  decode(bytes: Uint8Array, keyBytes: Uint8Array): unknown {
    try {
      const value = this.table.value.deserialize(bytes)
      return this.#freezeValues ? deepFreeze(value) : value
    } catch (cause) {
      const key = describeKey(this.table, keyBytes)
      throw new StreamError({
        code: 'STREAM_DESERIALIZATION_FAILED',
        message: `The stored row of table "${this.table.name}" with the key ${key} (partition ${this.partition}) could not be decoded by ${this.table.value.name}: ${describeThrown(cause)}`,
        cause,
        place: { table: this.table.name, partition: this.partition, key },
      })
    }
  }

  /** A value as readers of the layers will see it. */
  prepared(value: unknown): unknown {
    return this.#freezeValues ? deepFreeze(separateBytes(value)) : separateBytes(value)
  }

  /** Puts a completed scope's row into the active layer. `apart`: the scope does not belong to the settled prefix yet. */
  apply(id: RowId, entry: Entry, scope: RowUser, apart: boolean): void {
    const covered = this.active.get(id)
    this.stagedBytes += entry.sizeBytes
    if (covered !== undefined) {
      if (covered.owner !== undefined && covered.owner !== scope) addDependency(scope, covered.owner)
      if (apart) entry.under = covered.owner === scope ? covered.under : covered
      else this.stagedBytes -= covered.sizeBytes
    }
    entry.owner = apart ? scope : undefined
    this.active.set(id, entry)
    if (covered === undefined) this.#activeOrder?.add({ id, keyBytes: entry.keyBytes })
    if (this.#readers.size > 0) this.#markReaders(id, scope)
    if (this.#scans.size > 0) this.#markScans(entry.keyBytes, scope)
  }

  /** The row's scope belongs to the settled prefix now, and with it everything that it covers. */
  settle(entry: Entry): void {
    entry.owner = undefined
    for (let covered = entry.under; covered !== undefined; covered = covered.under)
      this.stagedBytes -= covered.sizeBytes
    entry.under = undefined
  }

  #markReaders(id: RowId, writer: RowUser): void {
    const readers = this.#readers.get(id)
    if (readers === undefined) return
    for (const reader of readers) if (reader !== writer) reader.isConflicted = true
  }

  #markScans(keyBytes: Uint8Array, writer: RowUser): void {
    for (const [scan, reader] of this.#scans) {
      if (reader !== writer && !reader.isConflicted && scan.covers(keyBytes)) reader.isConflicted = true
    }
  }

  addReader(what: RowId | ScannedRange, scope: RowUser): void {
    if (typeof what === 'object') {
      this.#scans.set(what, scope)
      return
    }
    const readers = this.#readers.get(what)
    if (readers === undefined) this.#readers.set(what, new Set([scope]))
    else readers.add(scope)
  }

  removeReader(what: RowId | ScannedRange, scope: RowUser): void {
    if (typeof what === 'object') {
      this.#scans.delete(what)
      return
    }
    const readers = this.#readers.get(what)
    if (readers?.delete(scope) && readers.size === 0) this.#readers.delete(what)
  }

  /** Grows with every layer that goes into the store, so that a slow store read does not pass for what is there now. */
  get epoch(): number {
    return this.#epoch
  }

  /** Keys of the active layer in byte order. */
  orderOfActive(): OrderedKeys {
    return (this.#activeOrder ??= keysOf(this.active))
  }

  /** Keys of the frozen layer in byte order; some may have stayed in the active one. */
  orderOfFrozen(): OrderedKeys {
    return (this.#frozenOrder ??= keysOf(this.frozen ?? new Map()))
  }

  /** The active layer has become the frozen one, and another one active. */
  exchangeOrders(): void {
    this.#frozenOrder = this.#activeOrder
    if (this.#activeOrder !== undefined) this.#activeOrder = keysOf(this.active)
  }

  /** The frozen rows are in the store: those that are cached are cached as they are now, and the layer goes. */
  dropFrozen(): void {
    const frozen = this.frozen
    this.frozen = undefined
    this.#frozenOrder = undefined
    this.isFrozenCommitted = false
    this.#epoch++
    if (frozen === undefined || this.#cache === undefined) return
    for (const [id, entry] of frozen) {
      if (entry.bytes === null) this.#cache.delete(id)
      else this.#cache.refresh(id, entry.value, entry.sizeBytes + rowOverheadBytes)
    }
  }

  /** Committed value as seen from outside the task. */
  query(id: RowId, keyBytes: Uint8Array): MaybePromise<unknown> {
    if (this.isFrozenCommitted) {
      const entry = this.frozen?.get(id)
      if (entry !== undefined) return entry.bytes === null ? undefined : separateBytes(entry.value)
    }
    return separateBytes(this.committed(id, keyBytes))
  }
}

function keysOf(layer: Layer): OrderedKeys {
  return OrderedKeys.of(Array.from(layer, ([id, { keyBytes }]) => ({ id, keyBytes })))
}

function addDependency(scope: RowUser, on: RowUser): void {
  if (scope.dependsOn === undefined) scope.dependsOn = new Set()
  scope.dependsOn.add(on)
}
