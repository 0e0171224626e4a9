/** Reads Kafka's primitive types. Byte strings alias the buffer. Reading past the end throws a RangeError. */
export class WireReader {
  private readonly bytes: Buffer
  private at: number

  constructor(bytes: Buffer, at: number = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** True when nothing is left. */
  get atEnd(): boolean {
    return this.at >= this.bytes.length
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    const value = this.bytes.readInt8(this.at)
    this.at += 1
    return value
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at)
    this.at += 2
    return value
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at)
    this.at += 4
    return value
  }

  /** Exact up to 2^53. */
  int64(): number {
    const high = this.bytes.readInt32BE(this.at)
    const low = this.bytes.readUInt32BE(this.at + 4)
    this.at += 8
    return high * 4294967296 + low
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes.readUInt8(this.at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value >>> 0
  }

  /** Steps over tagged fields (KIP-482). */
  tags(): void {
    this.eachTag(() => {})
  }

  /** Hands out each tagged field with a reader of its own. */
  eachTag(visit: (tag: number, field: WireReader) => void): void {
    const count = this.unsignedVarint()
    for (let i = 0; i < count; i++) {
      const tag = this.unsignedVarint()
      visit(tag, new WireReader(this.slice(this.unsignedVarint())))
    }
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.text(length)
  }

  compactString(): string {
    return this.compactNullableString() ?? ''
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.text(length)
  }

  /** Null reads as empty. */
  byteString(): Buffer {
    const length = this.int32()
    return this.slice(Math.max(length, 0))
  }

  /** Null reads as empty. */
  array<T>(read: () => T): T[] {
    return this.items(this.int32(), read)
  }

  /** Null reads as empty. */
  compactArray<T>(read: () => T): T[] {
    return this.items(this.unsignedVarint() - 1, read)
  }

  private items<T>(count: number, read: () => T): T[] {
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(read())
    return items
  }

  private text(length: number): string {
    return this.slice(length).toString('utf8')
  }

  private slice(length: number): Buffer {
    const end = this.at + length
    if (end > this.bytes.length)
      throw new RangeError(`the answer ends after ${this.bytes.length} bytes, ${end} were expected`)
    const bytes = this.bytes.subarray(this.at, end)
    this.at = end
    return bytes
  }
}
