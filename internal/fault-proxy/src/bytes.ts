/** Reads the encodings of Kafka's protocol. */
export class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  take(length: number): Buffer {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#buffer.length) throw new RangeError('the message is shorter than it says')
    return this.#buffer.subarray(from, this.#at)
  }

  /** Null where the length is negative. */
  sized(length: number): Buffer | null {
    return length < 0 ? null : this.take(length)
  }

  int8(): number {
    return this.take(1).readInt8()
  }

  int16(): number {
    return this.take(2).readInt16BE()
  }

  int32(): number {
    return this.take(4).readInt32BE()
  }

  int64(): bigint {
    return this.take(8).readBigInt64BE()
  }

  float64(): number {
    return this.take(8).readDoubleBE()
  }

  uvarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.take(1).readUInt8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
}

/** Writes the encodings of Kafka's protocol. */
export class ByteWriter {
  readonly #parts: Buffer[] = []

  bytes(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }

  int8(value: number): this {
    return this.#add(1, (buffer) => buffer.writeInt8(value))
  }

  /** Also takes what is written without a sign. */
  int16(value: number): this {
    return this.#add(2, (buffer) => buffer.writeInt16BE((value << 16) >> 16))
  }

  int32(value: number): this {
    return this.#add(4, (buffer) => buffer.writeInt32BE(value | 0))
  }

  int64(value: bigint): this {
    return this.#add(8, (buffer) => buffer.writeBigInt64BE(value))
  }

  float64(value: number): this {
    return this.#add(8, (buffer) => buffer.writeDoubleBE(value))
  }

  uvarint(value: number): this {
    const bytes: number[] = []
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
    return this.bytes(Buffer.from(bytes))
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
