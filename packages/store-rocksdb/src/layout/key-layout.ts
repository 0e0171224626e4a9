import type { StorePosition } from '@stream/core/adapter'

/**
 * Keys in the database: four bytes for the store partition, and then the key of the row. Numbers of partitions begin with 1 and are
 * never given twice, so that rows of a partition that was destroyed cannot appear in another one. Below 0 lie the books: what number a
 * partition has, and how far it holds its changelog.
 */
const prefixBytes = 4

/** Kinds of rows in the books, by the byte behind the prefix. */
const kinds = { lastNumber: 1, partition: 2, removal: 3, format: 4 } as const

/** What the books say about a partition. */
export interface PartitionRecord {
  readonly table: string
  readonly partition: number
  readonly position: StorePosition
}

/** The key of a row, made new. */
export function rowKey(number: number, key: Uint8Array): Uint8Array {
  const whole = Buffer.allocUnsafe(prefixBytes + key.length)
  whole.writeUInt32BE(number)
  whole.set(key, prefixBytes)
  return whole
}

/** Where the rows of a partition begin; those of the number above begin where they end. */
export function firstKey(number: number): Uint8Array {
  return rowKey(number, new Uint8Array())
}

/** The row's own key, a view. */
export function withoutPrefix(key: Uint8Array): Uint8Array {
  return key.subarray(prefixBytes)
}

/** Key of the highest number that was ever given. */
export const lastNumberKey: Uint8Array = Uint8Array.of(0, 0, 0, 0, kinds.lastNumber)

/** Key of what the books say about the partition of a number. */
export function partitionKey(number: number): Uint8Array {
  return bookKey(kinds.partition, number)
}

/** Key of the note that the rows of a number are being removed. */
export function removalKey(number: number): Uint8Array {
  return bookKey(kinds.removal, number)
}

/** Keys of the books: from the first on, up to the second. */
export const books: readonly [Uint8Array, Uint8Array] = [firstKey(0), firstKey(1)]

/** Key of the format of a table's rows. */
export function formatKey(table: string): Uint8Array {
  return Buffer.concat([firstKey(0), Uint8Array.of(kinds.format), Buffer.from(table)])
}

/** What a key of the books is about. */
export type BookKey =
  | { readonly kind: 'partition' | 'removal'; readonly number: number }
  | { readonly kind: 'format'; readonly table: string }
  | { readonly kind: 'other' }

/** Reads a key of the books. */
export function readBookKey(key: Uint8Array): BookKey {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  switch (bytes[prefixBytes]) {
    case kinds.partition:
      return { kind: 'partition', number: bytes.readUInt32BE(prefixBytes + 1) }
    case kinds.removal:
      return { kind: 'removal', number: bytes.readUInt32BE(prefixBytes + 1) }
    case kinds.format:
      return { kind: 'format', table: bytes.toString('utf8', prefixBytes + 1) }
    default:
      return { kind: 'other' }
  }
}

/** Bytes of a number. */
export function numberBytes(number: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

/** A number of its bytes; 0 where there are none. */
export function readNumber(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : Buffer.from(bytes).readUInt32BE()
}

/** Doubles hold offsets and times exactly, both being safe integers. */
export function partitionBytes({ table, partition, position }: PartitionRecord): Uint8Array {
  const bytes = Buffer.alloc(20 + Buffer.byteLength(table))
  bytes.writeDoubleBE(position.changelogOffset, 0)
  bytes.writeDoubleBE(position.writtenAtMs, 8)
  bytes.writeUInt32BE(partition, 16)
  bytes.write(table, 20)
  return bytes
}

/** The opposite of {@link partitionBytes}. */
export function readPartition(value: Uint8Array): PartitionRecord {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return {
    table: bytes.toString('utf8', 20),
    partition: bytes.readUInt32BE(16),
    position: { changelogOffset: bytes.readDoubleBE(0), writtenAtMs: bytes.readDoubleBE(8) },
  }
}

function bookKey(kind: number, number: number): Uint8Array {
  const key = Buffer.alloc(prefixBytes + 5)
  key[prefixBytes] = kind
  key.writeUInt32BE(number, prefixBytes + 1)
  return key
}

/** Keys of rows without an allocation for each: a key is good until the next one is asked for. */
export class ReusedKey {
  readonly #bytes: Buffer = Buffer.alloc(256)
  readonly #views: (Buffer | undefined)[] = []
  #number = 0

  /** From now on keys of this partition. */
  use(number: number): void {
    this.#number = number
    this.#bytes.writeUInt32BE(number)
  }

  of(key: Uint8Array): Uint8Array {
    const length = prefixBytes + key.length
    if (length > this.#bytes.length) return rowKey(this.#number, key)
    let view = this.#views[length]
    if (view === undefined) this.#views[length] = view = this.#bytes.subarray(0, length)
    view.set(key, prefixBytes)
    return view
  }
}
