import {
  type ByteRange,
  type MaybePromise,
  type Row,
  type StorePartition,
  type StorePartitionId,
  type StorePosition,
  StreamError,
} from '@stream/core/adapter'
import type { Database, Engine } from './database/index.ts'
import { firstKey, type KnownPartition, rowKey, withoutPrefix } from './layout/index.ts'

/** What a handle needs of its store. */
export interface PartitionParts {
  readonly database: Database
  /** Undefined before the first write. */
  readonly known: () => KnownPartition | undefined
  /** The handle is closed. */
  readonly release: () => void
  /** Removes rows and position. */
  readonly remove: () => Promise<void>
}

/** A handle on the rows of one partition; it ends with `close`, the rows do not. */
export class RocksdbPartition implements StorePartition {
  readonly id: StorePartitionId
  readonly #parts: PartitionParts
  #isOpen = true
  #destroying: Promise<void> | undefined

  constructor(id: StorePartitionId, parts: PartitionParts) {
    this.id = id
    this.#parts = parts
  }

  get position(): StorePosition | undefined {
    return this.#parts.known()?.position
  }

  get(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    if (!this.#isOpen) throw this.#closedError()
    const known = this.#parts.known()
    if (known === undefined) return undefined
    const whole = rowKey(known.number, key)
    return this.#parts.database.read((engine) => engine.get(whole))
  }

  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    if (!this.#isOpen) throw this.#closedError()
    const known = this.#parts.known()
    if (known === undefined) return keys.map(() => undefined)
    const whole = keys.map((key) => rowKey(known.number, key))
    return this.#parts.database.read((engine) => engine.getMany(whole))
  }

  range({ gte, lt, reverse = false }: ByteRange, limit: number): MaybePromise<readonly Row[]> {
    if (!this.#isOpen) throw this.#closedError()
    const known = this.#parts.known()
    const isEmpty = gte !== undefined && lt !== undefined && Buffer.compare(gte, lt) >= 0
    if (known === undefined || isEmpty || limit <= 0) return []
    const [first, end] = [firstKey(known.number), firstKey(known.number + 1)]
    const range = {
      gte: gte === undefined ? first : rowKey(known.number, gte),
      lt: lt === undefined ? end : rowKey(known.number, lt),
      reverse,
      limit,
    }
    return this.#parts.database.read((engine) => rowsOf(engine.scan(range)))
  }

  /** Exact, counted on another thread: it takes as long as reading all keys does. */
  async count(): Promise<{ readonly rows: number; readonly exact: boolean }> {
    if (!this.#isOpen) throw this.#closedError()
    const known = this.#parts.known()
    if (known === undefined) return { rows: 0, exact: true }
    const count = (engine: Engine): Promise<number | undefined> =>
      engine.count(firstKey(known.number), firstKey(known.number + 1), () => this.#isOpen)
    for (;;) {
      const rows = await this.#parts.database.read(count)
      if (rows !== undefined) return { rows, exact: true }
      // The files were closed under the count: for good, or to be opened again.
      if (!this.#isOpen) throw this.#closedError()
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#parts.release()
  }

  async destroy(): Promise<void> {
    if (this.#destroying === undefined && !this.#isOpen) throw this.#closedError()
    this.#isOpen = false
    // Not released before the rows are gone: whoever opens it next must not find them.
    this.#destroying ??= this.#parts.remove().finally(this.#parts.release)
    await this.#destroying
  }

  #closedError(): StreamError {
    return new StreamError({
      code: 'STREAM_CLOSED',
      message: `Partition ${this.id.partition} of table ${this.id.table} is closed in the store rocksdb: open it again before it is used.`,
      place: { table: this.id.table, partition: this.id.partition },
    })
  }
}

function rowsOf(found: readonly Uint8Array[]): readonly Row[] {
  const rows: Row[] = new Array(found.length / 2)
  for (let i = 0; i < rows.length; i++) {
    rows[i] = [withoutPrefix(found[i * 2] as Uint8Array), found[i * 2 + 1] as Uint8Array]
  }
  return rows
}
