import { type Headers, StreamError } from '@stream/core/adapter'
import { VarintCursor, varintBytes, writeVarint } from './varint.ts'

/** What every record without headers shares. */
export const noHeaders: Headers = Object.freeze([])

/** Decodes the headers that begin at `at`, in their order; a name may repeat. */
export function readHeaders(bytes: Buffer, at: number): Headers {
  if (bytes[at] === 0) return noHeaders
  const cursor = new VarintCursor(bytes, at)
  const count = cursor.int()
  const headers: (readonly [string, Uint8Array | null])[] = []
  for (let i = 0; i < count; i++) {
    const nameBytes = cursor.int()
    // Only where checksums are not verified: a count or a length that makes no sense must not read on for ever.
    if (nameBytes < 0 || cursor.at + nameBytes > bytes.length) throw corruptHeaders()
    const name = bytes.toString('utf8', cursor.at, cursor.at + nameBytes)
    cursor.at += nameBytes
    const valueBytes = cursor.int()
    const value = valueBytes < 0 ? null : bytes.subarray(cursor.at, cursor.at + valueBytes)
    if (value !== null) cursor.at += valueBytes
    headers.push([name, value])
  }
  return headers
}

function corruptHeaders(): StreamError {
  return new StreamError({
    code: 'STREAM_RECORD_CORRUPT',
    message:
      'The headers of a record do not add up: leave `verifyChecksums` on, so that damaged batches are found before',
  })
}

/** Bytes of the headers without their count. */
export function headersBytes(headers: Headers): number {
  let size = 0
  for (const [name, value] of headers) {
    const nameBytes = Buffer.byteLength(name)
    size += varintBytes(nameBytes) + nameBytes + varintBytes(value?.length ?? -1) + (value?.length ?? 0)
  }
  return size
}

/** Writes the headers without their count; returns the position behind them. */
export function writeHeaders(target: Buffer, headers: Headers, start: number): number {
  let at = start
  for (const [name, value] of headers) {
    const nameBytes = Buffer.byteLength(name)
    at = writeVarint(target, nameBytes, at)
    at += target.write(name, at, 'utf8')
    at = writeVarint(target, value?.length ?? -1, at)
    if (value !== null) {
      target.set(value, at)
      at += value.length
    }
  }
  return at
}
