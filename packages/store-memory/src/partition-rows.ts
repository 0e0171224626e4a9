import type { ByteRange, Row, RowWrite, StorePosition } from '@stream/core/adapter'
import { OrderedKeys } from './ordered-keys.ts'
import { RowTable } from './row-table.ts'

/** Rows and position of one partition; they outlive the handles that are opened on them. */
export class PartitionRows {
  readonly #rows: RowTable = new RowTable()
  readonly #ordered: OrderedKeys = new OrderedKeys(this.#rows)
  position: StorePosition | undefined

  get size(): number {
    return this.#rows.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(key)
  }

  write(writes: readonly RowWrite[], position: StorePosition): void {
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i] as RowWrite
      const key = write[0]
      const value = write[1]
      if (value === null) {
        if (this.#rows.delete(key)) this.#ordered.touch(key)
        continue
      }
      const added = this.#rows.set(key, owned(value))
      if (added !== undefined) this.#ordered.touch(added)
    }
    this.position = position
  }

  range(range: ByteRange, limit: number): readonly Row[] {
    const rows: Row[] = []
    if (limit <= 0) return rows
    const visit = (key: Uint8Array): boolean => {
      rows.push([key, this.#rows.get(key) as Uint8Array])
      return rows.length < limit
    }
    if (range.reverse) this.#ordered.descend(range.gte, range.lt, visit)
    else this.#ordered.ascend(range.gte, range.lt, visit)
    return rows
  }
}

/** Bytes that can be kept: a slice would keep all of the buffer it was cut from. */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}
