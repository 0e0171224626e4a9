/** Identity of a row inside one table partition: equal exactly when the key's bytes are equal. */
export type RowId = string | number

/**
 * Whose writes and reads a table tells apart: a record's work, by its place in the inputs. Work that read or overwrote rows of completed
 * work that is not settled depends on that.
 */
export interface RowUser {
  readonly input: number
  readonly offset: number
  /** Somebody else changed a row that it has read. */
  isConflicted: boolean
  dependsOn: Set<RowUser> | undefined
}

/** One written row in a layer: absolute, decoded and encoded. A delete has `bytes === null`. */
export class Entry {
  readonly keyBytes: Uint8Array
  readonly bytes: Uint8Array | null
  readonly value: unknown
  /** The record that wrote it: index of the input and offset, for tracing a row that the broker refuses. */
  readonly input: number
  readonly offset: number
  readonly consumer: string
  /** The completed scope it belongs to while that one stays apart from the settled prefix; undefined once settled. */
  owner: RowUser | undefined
  /** What it covers in the active layer while it stays apart: an older entry of the same row. */
  under: Entry | undefined

  constructor(
    keyBytes: Uint8Array,
    bytes: Uint8Array | null,
    value: unknown,
    input: number,
    offset: number,
    consumer: string,
  ) {
    this.keyBytes = keyBytes
    this.bytes = bytes
    this.value = value
    this.input = input
    this.offset = offset
    this.consumer = consumer
    this.owner = undefined
    this.under = undefined
  }

  /** What it costs to stage, in bytes. */
  get sizeBytes(): number {
    return this.keyBytes.length + (this.bytes === null ? 0 : this.bytes.length)
  }
}

/** The written rows between two cuts. */
export type Layer = Map<RowId, Entry>
