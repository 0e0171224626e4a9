import type { Headers, OutRecord } from '@stream/core/adapter'

/** What a batch of Kafka's format v2 takes besides its records. */
const batchOverheadBytes = 61

/** What a record is charged besides its bytes, roughly: lengths, deltas, attributes. */
const recordOverheadBytes = 8

function varintBytes(value: number): number {
  let zigzag = value >= 0 ? value * 2 : -value * 2 - 1
  let bytes = 1
  while (zigzag >= 128) {
    zigzag = Math.floor(zigzag / 128)
    bytes += 1
  }
  return bytes
}

function fieldBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length
}

function headersPayloadBytes(headers: Headers): number {
  let total = 0
  for (const [name, value] of headers) total += Buffer.byteLength(name) + (value === null ? 0 : value.length) + 4
  return total
}

/** What a record counts for in poll limits and retention: its payload and a small constant. */
export function payloadBytes(record: OutRecord): number {
  let total = recordOverheadBytes
  if (record.key !== null) total += record.key.length
  if (record.value !== null) total += record.value.length
  const headers = record.headers
  if (headers !== undefined && headers.length > 0) total += headersPayloadBytes(headers)
  return total
}

/** Exactly what a broker compares with `max.message.bytes` for a batch of this one record (record format v2, uncompressed). */
export function singleBatchBytes(record: OutRecord): number {
  const headers = record.headers ?? []
  let body = 3 + fieldBytes(record.key) + fieldBytes(record.value) + varintBytes(headers.length)
  for (const [name, value] of headers) {
    const nameBytes = Buffer.byteLength(name)
    body += varintBytes(nameBytes) + nameBytes + fieldBytes(value)
  }
  return batchOverheadBytes + varintBytes(body) + body
}
