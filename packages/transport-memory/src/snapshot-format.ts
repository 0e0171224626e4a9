import { crc32 } from 'node:zlib'
import { type Headers, type LogRecord, StreamError } from '@stream/core/adapter'
import type { LogState } from './log-state.ts'

/*
 * magic, 8 bytes | format version, u32 | CRC-32 of all that follows, u32 | length of the JSON, u32 | the state as JSON | the records in
 * the order in which the JSON counts them: offset f64, timestamp f64, key, value, number of headers u32, per header name and value;
 * bytes are i32 length (-1 for null) and content. Little endian.
 */
const magic = Buffer.from('STRMLOG\n', 'latin1')
const formatVersion = 1
const fixedBytes = magic.length + 12

function fieldBytes(value: Uint8Array | null): number {
  return 4 + (value === null ? 0 : value.length)
}

function recordBytes(record: LogRecord): number {
  let total = 20 + fieldBytes(record.key) + fieldBytes(record.value)
  for (const [name, value] of record.headers) total += 4 + Buffer.byteLength(name) + fieldBytes(value)
  return total
}

class Writer {
  readonly buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer
    this.#at = at
  }

  record(record: LogRecord): void {
    this.#at = this.buffer.writeDoubleLE(record.offset, this.#at)
    this.#at = this.buffer.writeDoubleLE(record.timestamp, this.#at)
    this.#field(record.key)
    this.#field(record.value)
    this.#at = this.buffer.writeUInt32LE(record.headers.length, this.#at)
    for (const [name, value] of record.headers) {
      this.#field(Buffer.from(name))
      this.#field(value)
    }
  }

  #field(value: Uint8Array | null): void {
    this.#at = this.buffer.writeInt32LE(value === null ? -1 : value.length, this.#at)
    if (value === null) return
    this.buffer.set(value, this.#at)
    this.#at += value.length
  }
}

class RecordSource {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer
    this.#at = at
  }

  record(): LogRecord {
    const offset = this.#buffer.readDoubleLE(this.#at)
    const timestamp = this.#buffer.readDoubleLE(this.#at + 8)
    this.#at += 16
    const key = this.#field()
    const value = this.#field()
    const count = this.#buffer.readUInt32LE(this.#at)
    this.#at += 4
    const headers: [string, Uint8Array | null][] = []
    for (let i = 0; i < count; i += 1) headers.push([Buffer.from(this.#field() ?? []).toString(), this.#field()])
    return { offset, timestamp, key, value, headers: headers as Headers }
  }

  #field(): Uint8Array | null {
    const length = this.#buffer.readInt32LE(this.#at)
    this.#at += 4
    if (length === -1) return null
    const start = this.#at
    this.#at += length
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset + start, length)
  }
}

/** A state, and its records in its order, as the bytes of a file. `meta` is the state as JSON. */
export function encodeSnapshot(meta: string, records: readonly LogRecord[]): Buffer {
  const json = Buffer.from(meta)
  let total = fixedBytes + json.length
  for (const record of records) total += recordBytes(record)
  const buffer = Buffer.allocUnsafe(total)
  buffer.set(magic, 0)
  buffer.writeUInt32LE(formatVersion, magic.length)
  buffer.writeUInt32LE(json.length, magic.length + 8)
  buffer.set(json, fixedBytes)
  const writer = new Writer(buffer, fixedBytes + json.length)
  for (const record of records) writer.record(record)
  buffer.writeUInt32LE(crc32(buffer.subarray(magic.length + 8)), magic.length + 4)
  return buffer
}

/** Reads what {@link encodeSnapshot} wrote. Throws `STREAM_RECORD_CORRUPT` for a damaged file, `STREAM_NOT_SUPPORTED` for a newer one. */
export function decodeSnapshot(
  buffer: Buffer,
  path: string,
): { readonly state: LogState; readonly records: readonly LogRecord[] } {
  const damaged = (what: string): StreamError =>
    new StreamError({
      code: 'STREAM_RECORD_CORRUPT',
      message: `The snapshot ${path} cannot be read: ${what}. Put a good copy in its place, or move it away to begin with an empty log.`,
      place: { path },
    })
  if (buffer.length < fixedBytes || !buffer.subarray(0, magic.length).equals(magic))
    throw damaged('it is no snapshot of a log')
  const version = buffer.readUInt32LE(magic.length)
  if (version !== formatVersion) {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `The snapshot ${path} has format ${version}; this version reads format ${formatVersion}. Use the version that wrote it.`,
      place: { path, version },
    })
  }
  if (crc32(buffer.subarray(magic.length + 8)) !== buffer.readUInt32LE(magic.length + 4)) {
    throw damaged('its checksum does not fit its content')
  }
  const jsonLength = buffer.readUInt32LE(magic.length + 8)
  const state = JSON.parse(buffer.toString('utf8', fixedBytes, fixedBytes + jsonLength)) as LogState
  const source = new RecordSource(buffer, fixedBytes + jsonLength)
  const records: LogRecord[] = []
  for (const topic of state.topics) {
    for (const partition of topic.partitions) {
      for (const segment of partition.segments) for (let i = 0; i < segment.count; i += 1) records.push(source.record())
    }
  }
  return { state, records }
}
