/** An object of the engine. The engine frees it when it is collected. */
export type Handle = object & { readonly handle: unique symbol }

/** What the engine reads when a database is opened; its other options have no effect on us, or none at all. */
export interface OpenOptions {
  readonly createIfMissing: boolean
  /** Threads for flushes and compactions. */
  readonly parallelism: number
  readonly walCompression: boolean
  /** Of blocks, and of index and filter blocks where `cacheIndexAndFilterBlocks` says so; in bytes. */
  readonly cacheSize: number
  readonly cacheIndexAndFilterBlocks: boolean
  /** Has memtables of a quarter of `memtableMemoryBudget`, of which up to six exist. */
  readonly compaction: 'level'
  readonly memtableMemoryBudget: number
  /** With a dictionary, on all levels. Level compaction compresses from level 2 on by itself. */
  readonly compression: boolean
  readonly optimize: 'point-lookup'
}

/** A scan. Without the encodings the engine reads uninitialised memory. */
export interface ScanOptions {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
  readonly values?: boolean
  readonly keyEncoding: 'buffer'
  readonly valueEncoding: 'buffer'
}

/** Rows of a scan: keys and values in turns. */
export interface Scanned {
  readonly rows: readonly (Uint8Array | undefined)[]
  readonly finished: boolean
}

type Done = (error: Error | null) => void

/**
 * What the native module exports, as far as it is used here; it has no types of its own. Everything synchronous runs on the thread that
 * calls, throws the engine's errors, and crashes the process on a database that is not open. `undefined` as options is quicker than an
 * empty object, in which every name is looked up.
 */
export interface Binding {
  db_init(location: string): Handle
  db_open(database: Handle, options: OpenOptions, done: Done): void
  db_close(database: Handle, done: Done): void
  /** Copies. Null where the engine gave up on a deadline that we never set. */
  db_get_many_sync(
    database: Handle,
    keys: readonly Uint8Array[],
    options: undefined,
  ): readonly (Uint8Array | undefined | null)[]
  /** Copies. */
  db_query(database: Handle, options: ScanOptions): Scanned
  /** One range deletion. */
  db_clear(database: Handle, range: { readonly gte: Uint8Array; readonly lt: Uint8Array }): void
  iterator_init(database: Handle, options: ScanOptions): Handle
  /** On a thread of the pool; the iterator must not be touched meanwhile. */
  iterator_nextv(iterator: Handle, count: number, done: (error: Error | null, scanned: Scanned) => void): void
  iterator_close(iterator: Handle): void
  batch_init(): Handle
  /** Copies both. */
  batch_put(batch: Handle, key: Uint8Array, value: Uint8Array, options: undefined): void
  batch_del(batch: Handle, key: Uint8Array, options: undefined): void
  batch_clear(batch: Handle): void
  batch_write(database: Handle, batch: Handle, options: undefined): void
}
