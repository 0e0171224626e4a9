/** A value, or a promise of it where the engine is not local. Core uses a value at once, without a tick. */
export type MaybePromise<T> = T | Promise<T>

/** What a store can do. Core and the conformance kit branch on each flag. */
export interface StoreSupports {
  /** Rows survive the process. False: recovery starts at the beginning of the changelog. */
  readonly persistent: boolean
  /** `range` works, in byte order of the keys. False: what needs ranges is refused, with the reason. */
  readonly ordered: boolean
  /** Lives outside the worker, and other workers may reach it: opening a partition fences its former owner. */
  readonly shared: boolean
}

/** Which part of the state: one partition of one table, named as its changelog is. */
export interface StorePartitionId {
  readonly table: string
  readonly partition: number
}

/** How far a store partition holds its changelog: all that is committed below `changelogOffset` is in here (a lower bound). */
export interface StorePosition {
  readonly changelogOffset: number
  /** Wall time of the last write, for discarding state that is older than tombstones are kept. */
  readonly writtenAtMs: number
}

/** A key with its value. */
export type Row = readonly [key: Uint8Array, value: Uint8Array]

/**
 * An absolute write: a value, or null for a delete. The bytes do not change while `apply` is under way; they may be slices of much larger
 * buffers, so a store that keeps them keeps copies.
 */
export type RowWrite = readonly [key: Uint8Array, value: Uint8Array | null]

/** Rows and position of one store partition, to be written atomically. */
export interface StoreWrite {
  readonly partition: StorePartition
  /** In order; a later write of a key wins. */
  readonly rows: readonly RowWrite[]
  readonly position: StorePosition
}

/** Half-open interval of keys in byte order; an absent bound is open. */
export interface ByteRange {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  /** Descending order. @default false */
  readonly reverse?: boolean
}

/** The rows of one table partition. */
export interface StorePartition {
  readonly id: StorePartitionId
  /** Undefined: nothing is in here, start at the beginning of the changelog. */
  readonly position: StorePosition | undefined
  /** Undefined where there is no row; an empty value is a row. */
  get(key: Uint8Array): MaybePromise<Uint8Array | undefined>
  /** In the order of the keys. */
  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]>
  /** At most `limit` rows in the order of the range; go on from the last key. Present where `supports.ordered`. */
  range?(range: ByteRange, limit: number): MaybePromise<readonly Row[]>
  /** Number of rows; `exact` is false where it is an estimate. */
  count(): MaybePromise<{ readonly rows: number; readonly exact: boolean }>
  close(): Promise<void>
  /** Closes and removes all rows and the position. */
  destroy(): Promise<void>
}

/** A table whose rows a store will be asked for. */
export interface StoreTable {
  /** As in {@link StorePartitionId}. */
  readonly table: string
  /** Names of the serdes of its keys and values, as `string, json`: rows of another format cannot be read. */
  readonly format: string
}

/** What a store may use of the app that opens it. */
export interface StoreContext {
  readonly appId: string
  /** All tables of the app that this store is for. Undefined: not known, so nothing may be concluded from their absence. */
  readonly tables?: readonly StoreTable[]
  /** The setting of this name: where local files belong, unless the store's own options say otherwise. */
  readonly stateDir?: string
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/**
 * A place for table rows. Core writes only what the broker has committed, after it has, so a write must not be refused for its content:
 * larger keys or values than the limits never arrive.
 */
export interface Store {
  /** `contractVersion` of the core it was written against. */
  readonly contract: number
  /** For example `rocksdb`. */
  readonly name: string
  readonly supports: StoreSupports
  /** @default unlimited */
  readonly maxKeyBytes?: number
  /** @default unlimited */
  readonly maxValueBytes?: number
  /** Takes the place into use (directories, locks, connections). Called once, first. */
  start(context: StoreContext): Promise<void>
  /** One holder of a partition at a time: opening what is open rejects with `STREAM_STATE_INVALID`. */
  open(id: StorePartitionId): Promise<StorePartition>
  /**
   * Writes rows with their position, atomically for each partition: a crash leaves all of a write or nothing of it. Applying a write again
   * changes nothing. Rejects with a retryable `STREAM_STORE_FAILED` where it may succeed later (disk full).
   */
  apply(writes: readonly StoreWrite[]): MaybePromise<void>
  /** Closes what is left open. Idempotent. */
  close(): Promise<void>
}
