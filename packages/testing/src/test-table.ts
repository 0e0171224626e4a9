import type { Table } from '@stream/core'
import type { MemoryLog } from '@stream/transport-memory'

/**
 * A table as it is committed: the fold of its changelog, so that it can be read at any time, between a crash and a restart, too.
 * `Found` is what a read answers: `V` where the table has a default, else `V | undefined`.
 */
export class TestTable<K, V, Found = V | undefined> {
  readonly name: string
  readonly #table: Table<K, V, Found>
  readonly #log: MemoryLog
  readonly #partitions: () => number

  /** Tables are made by `driver.table()`. */
  constructor(table: Table<K, V, Found>, log: MemoryLog, partitions: () => number) {
    this.name = table.name
    this.#table = table
    this.#log = log
    this.#partitions = partitions
  }

  /** The row's value, or the table's default. Throws `STREAM_TOPIC_MISSING` before the app's first start, and what the serdes throw. */
  get(key: K): Found {
    const value = this.#rows().get(rowId(this.#table.key.serialize(key)))?.[1]
    const found = value === undefined ? this.#table.default?.() : this.#table.value.deserialize(value)
    return found as Found
  }

  /** Whether there is a row; the default does not count. Throws as {@link TestTable.get}. */
  has(key: K): boolean {
    return this.#rows().has(rowId(this.#table.key.serialize(key)))
  }

  /** All rows, in byte order of their keys. Throws as {@link TestTable.get}. */
  entries(): (readonly [K, V])[] {
    const rows = [...this.#rows().values()].sort(([one], [other]) => Buffer.compare(one, other))
    return rows.map(([key, value]) => [this.#table.key.deserialize(key), this.#table.value.deserialize(value)])
  }

  #rows(): Map<string, readonly [key: Uint8Array, value: Uint8Array]> {
    const rows = new Map<string, readonly [Uint8Array, Uint8Array]>()
    const partitions = this.#partitions()
    for (let partition = 0; partition < partitions; partition += 1) {
      for (const { key, value } of this.#log.records(this.#table.changelog.name, partition)) {
        if (key === null) continue
        if (value === null) rows.delete(rowId(key))
        else rows.set(rowId(key), [key, value])
      }
    }
    return rows
  }
}

function rowId(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
