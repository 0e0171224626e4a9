import type { Serde } from '../serde/index.ts'
import type { ByteRange } from '../store/index.ts'
import type { ReadableRows } from '../topology/index.ts'
import type { KeyRange } from './key-range.ts'
import { readRange } from './read-pages.ts'
import { type RowKey, rowPrefix, rowRange, rowTag, userKey } from './row-key.ts'
import type { RowSource } from './row-source.ts'
import type { SetHandle, SetReader } from './set-table.ts'
import type { TableScope } from './table-scope.ts'

/** Members that are stepped over or discarded in one go. */
const membersAtOnce = 256

/** What sets are made of. */
export interface SetFormat<K, M> {
  readonly table: string
  readonly key: Serde<K>
  readonly member: Serde<M>
}

/** Reads of sets, wherever their rows are. */
export class SetReads<K, M> implements SetReader<K, M> {
  readonly #format: SetFormat<K, M>
  readonly #source: RowSource<RowKey<K, M>, true>

  constructor(format: SetFormat<K, M>, source: RowSource<RowKey<K, M>, true>) {
    this.#format = format
    this.#source = source
  }

  async has(key: K, member: M): Promise<boolean> {
    const { table } = this.#format
    userKey(this.#format.key, key, table)
    return (await this.#source.holding([key, member]).get([key, member])) === true
  }

  /** Rows and range of one set. */
  #set(
    key: K,
    range: KeyRange<M> = {},
  ): { readonly rows: ReadableRows<RowKey<K, M>, true>; readonly bytes: ByteRange } {
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    return { rows: this.#source.at(prefix), bytes: rowRange(prefix, this.#format.member, range) }
  }

  async *members(key: K, range: KeyRange<M> = {}): AsyncIterableIterator<M> {
    const { rows, bytes } = this.#set(key, range)
    for await (const [[, member]] of readRange([rows], bytes, range)) yield member
  }

  async size(key: K): Promise<number> {
    const { rows, bytes } = this.#set(key)
    const pages = rows.scan(bytes)
    for (let size = 0; ; ) {
      const stepped = await pages.skip(membersAtOnce)
      size += stepped
      if (stepped < membersAtOnce) return size
    }
  }

  async *entries(): AsyncIterableIterator<readonly [K, M]> {
    const all = { gte: Uint8Array.of(rowTag.data), lt: Uint8Array.of(rowTag.data + 1) }
    for await (const [row] of readRange(this.#source.all(), all, {})) yield row
  }
}

/** The handle that consumers get. */
export class BoundSets<K, M> implements SetHandle<K, M> {
  readonly #format: SetFormat<K, M>
  readonly #scope: TableScope<RowKey<K, M>, true>
  readonly #reads: SetReads<K, M>

  constructor(format: SetFormat<K, M>, scope: TableScope<RowKey<K, M>, true>, source: RowSource<RowKey<K, M>, true>) {
    this.#format = format
    this.#scope = scope
    this.#reads = new SetReads(format, source)
  }

  has(key: K, member: M): Promise<boolean> {
    return this.#reads.has(key, member)
  }

  members(key: K, range?: KeyRange<M>): AsyncIterableIterator<M> {
    return this.#reads.members(key, range)
  }

  size(key: K): Promise<number> {
    return this.#reads.size(key)
  }

  entries(): AsyncIterableIterator<readonly [K, M]> {
    return this.#reads.entries()
  }

  add(key: K, member: M): void {
    userKey(this.#format.key, key, this.#format.table)
    this.#scope.scoped().set([key, member], true)
  }

  discard(key: K, member: M): void {
    userKey(this.#format.key, key, this.#format.table)
    this.#scope.scoped().delete([key, member])
  }

  async clear(key: K): Promise<void> {
    const scoped = this.#scope.scoped()
    const prefix = rowPrefix(userKey(this.#format.key, key, this.#format.table))
    const pages = scoped.scan(rowRange(prefix, this.#format.member, {}))
    for (;;) {
      const rows = await pages.next(membersAtOnce)
      for (const [row] of rows) scoped.delete(row)
      if (rows.length < membersAtOnce) return
    }
  }
}
