/** Writes the fields of a request, the older encoding and the compact one. */
export class BodyWriter {
  readonly #parts: Buffer[] = []

  int8(value: number): this {
    return this.#add(1, (buffer) => buffer.writeInt8(value))
  }

  int16(value: number): this {
    return this.#add(2, (buffer) => buffer.writeInt16BE(value))
  }

  int32(value: number): this {
    return this.#add(4, (buffer) => buffer.writeInt32BE(value))
  }

  float64(value: number): this {
    return this.#add(8, (buffer) => buffer.writeDoubleBE(value))
  }

  string(text: string | null): this {
    if (text === null) return this.int16(-1)
    const bytes = Buffer.from(text)
    return this.int16(bytes.length).bytes(bytes)
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  /** Lengths and counts of the compact encoding; all of ours are small. */
  compactLength(length: number): this {
    if (length + 1 > 127) throw new RangeError(`a compact length of ${length} takes more than one byte`)
    return this.int8(length + 1)
  }

  compactString(text: string): this {
    const bytes = Buffer.from(text)
    return this.compactLength(bytes.length).bytes(bytes)
  }

  compactArray<T>(items: readonly T[], write: (item: T) => void): this {
    this.compactLength(items.length)
    for (const item of items) write(item)
    return this
  }

  noTags(): this {
    return this.int8(0)
  }

  bytes(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #add(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size)
    write(buffer)
    return this.bytes(buffer)
  }
}

/** Reads the fields of an answer. */
export class BodyReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4))
  }

  string(): string | null {
    const length = this.int16()
    if (length < 0) return null
    const from = this.#advance(length)
    return this.#buffer.toString('utf8', from, from + length)
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }

  #advance(size: number): number {
    const from = this.#at
    this.#at += size
    return from
  }
}
