/** Writes Kafka's primitive types into one growing buffer. */
export class WireWriter {
  private bytes: Buffer
  private at = 0

  constructor(initialBytes: number = 512) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes)
  }

  /** What was written; aliases the writer's buffer. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.at)
  }

  bool(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  int8(value: number): this {
    this.room(1)
    this.at = this.bytes.writeInt8(value, this.at)
    return this
  }

  int16(value: number): this {
    this.room(2)
    this.at = this.bytes.writeInt16BE(value, this.at)
    return this
  }

  int32(value: number): this {
    this.room(4)
    this.at = this.bytes.writeInt32BE(value, this.at)
    return this
  }

  /** Exact for safe integers. */
  int64(value: number): this {
    this.room(8)
    this.at = this.bytes.writeInt32BE(Math.floor(value / 4294967296), this.at)
    this.at = this.bytes.writeUInt32BE(value >>> 0, this.at)
    return this
  }

  unsignedVarint(value: number): this {
    this.room(5)
    let raw = value >>> 0
    while (raw > 0x7f) {
      this.bytes[this.at++] = (raw & 0x7f) | 0x80
      raw >>>= 7
    }
    this.bytes[this.at++] = raw
    return this
  }

  /** An empty section of tagged fields (KIP-482). */
  tags(): this {
    return this.int8(0)
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const length = Buffer.byteLength(value)
    return this.int16(length).text(value, length)
  }

  compactString(value: string | null): this {
    if (value === null) return this.unsignedVarint(0)
    const length = Buffer.byteLength(value)
    return this.unsignedVarint(length + 1).text(value, length)
  }

  byteString(value: Uint8Array): this {
    return this.int32(value.length).raw(value)
  }

  compactBytes(value: Uint8Array): this {
    return this.unsignedVarint(value.length + 1).raw(value)
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  compactArray<T>(items: readonly T[], write: (item: T) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) write(item)
    return this
  }

  raw(value: Uint8Array): this {
    this.room(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
    return this
  }

  private text(value: string, length: number): this {
    this.room(length)
    this.at += this.bytes.write(value, this.at, 'utf8')
    return this
  }

  private room(count: number): void {
    const needed = this.at + count
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }
}
