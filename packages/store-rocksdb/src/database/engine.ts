import type { Binding, Handle, OpenOptions } from './binding.ts'

/** Sizes an engine is opened with. */
export interface EngineOptions {
  /** Bound of the cache of blocks, their indexes and filters. */
  readonly cacheBytes: number
  /** Bound of all write buffers together. */
  readonly writeBufferBytes: number
}

/** Where a batch of writes goes. Keys and values are copied at once. */
export interface BatchWriter {
  put(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
}

const keysPerCountStep = 10_000

/** An open database. All calls of the binding are in here; what they throw is the engine's own. */
export class Engine {
  readonly #binding: Binding
  readonly #handle: Handle
  /** One for all writes: its memory is used again. */
  readonly #batch: Handle
  readonly #writer: BatchWriter
  #scans = 0
  #allScanned: (() => void) | undefined
  #isOpen = true

  private constructor(binding: Binding, handle: Handle) {
    this.#binding = binding
    this.#handle = handle
    this.#batch = binding.batch_init()
    this.#writer = {
      put: (key, value) => binding.batch_put(this.#batch, key, value, undefined),
      delete: (key) => binding.batch_del(this.#batch, key, undefined),
    }
  }

  /** Opens the database in an existing directory, or makes one there. */
  static open(binding: Binding, directory: string, options: EngineOptions): Promise<Engine> {
    const handle = binding.db_init(directory)
    return new Promise((resolve, reject) => {
      binding.db_open(handle, openOptions(options), (error) => {
        if (error === null) resolve(new Engine(binding, handle))
        else reject(error)
      })
    })
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#binding.db_get_many_sync(this.#handle, [key], undefined)[0] ?? undefined
  }

  getMany(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    // Null never comes without a deadline.
    return this.#binding.db_get_many_sync(this.#handle, keys, undefined) as readonly (Uint8Array | undefined)[]
  }

  /** Keys and values in turns, from `gte` up to `lt`, or down from there. */
  scan(range: {
    readonly gte: Uint8Array
    readonly lt: Uint8Array
    readonly reverse: boolean
    readonly limit: number
  }): readonly Uint8Array[] {
    const scanned = this.#binding.db_query(this.#handle, {
      ...range,
      limit: Math.min(range.limit, 0x7fffffff),
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    })
    // Keys and values were asked for, so that none of them is missing.
    return scanned.rows as readonly Uint8Array[]
  }

  /** Number of keys at the moment of the call, counted on another thread; undefined where `isWanted` says no on the way. */
  async count(gte: Uint8Array, lt: Uint8Array, isWanted: () => boolean): Promise<number | undefined> {
    const options = { gte, lt, values: false, keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
    const iterator = this.#binding.iterator_init(this.#handle, options)
    this.#scans++
    try {
      for (let count = 0; ; ) {
        const { keys, isLast } = await this.#countStep(iterator)
        count += keys
        if (isLast) return count
        if (!isWanted() || !this.#isOpen) return undefined
      }
    } finally {
      this.#binding.iterator_close(iterator)
      if (--this.#scans === 0) this.#allScanned?.()
    }
  }

  #countStep(iterator: Handle): Promise<{ readonly keys: number; readonly isLast: boolean }> {
    return new Promise((resolve, reject) => {
      this.#binding.iterator_nextv(iterator, keysPerCountStep, (error, scanned) => {
        if (error === null) resolve({ keys: scanned.rows.length / 2, isLast: scanned.finished })
        else reject(error)
      })
    })
  }

  /** Writes what `fill` puts into the batch: all of it or, after a crash or a throw, nothing. */
  write(fill: (batch: BatchWriter) => void): void {
    try {
      fill(this.#writer)
      this.#binding.batch_write(this.#handle, this.#batch, undefined)
    } finally {
      this.#binding.batch_clear(this.#batch)
    }
  }

  deleteRange(gte: Uint8Array, lt: Uint8Array): void {
    this.#binding.db_clear(this.#handle, { gte, lt })
  }

  /** What was written is then with the operating system's disk. Where that fails, the database is closed all the same. */
  async close(): Promise<void> {
    this.#isOpen = false
    if (this.#scans > 0) {
      await new Promise<void>((resolve) => {
        this.#allScanned = resolve
      })
    }
    await new Promise<void>((resolve, reject) => {
      this.#binding.db_close(this.#handle, (error) => (error === null ? resolve() : reject(error)))
    })
  }
}

function openOptions({ cacheBytes, writeBufferBytes }: EngineOptions): OpenOptions {
  return {
    createIfMissing: true,
    parallelism: 2,
    walCompression: false,
    cacheSize: cacheBytes,
    cacheIndexAndFilterBlocks: true,
    compaction: 'level',
    // Six memtables of a quarter each can exist at a time.
    memtableMemoryBudget: Math.floor((writeBufferBytes * 2) / 3),
    compression: false,
    optimize: 'point-lookup',
  }
}
