import { describeThrown, StreamError } from '../errors/index.ts'
import type { Serde } from '../serde/index.ts'
import type { RowId } from './entry.ts'

/** Identity of a row from its key's bytes. */
export function rowIdOfBytes(bytes: Uint8Array): RowId {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** The key's bytes; throws for null, undefined and what the serde refuses. */
export function encodeKey(serde: Serde<unknown>, key: unknown, table: string): Uint8Array {
  if (key === null || key === undefined) {
    throw new StreamError({
      code: 'STREAM_KEY_INVALID',
      message: `Table "${table}" was asked for the key ${key}; a table key is never null. Check the key before you use the table`,
      place: { table },
    })
  }
  try {
    return serde.serialize(key)
  } catch (cause) {
    throw new StreamError({
      code: 'STREAM_SERIALIZATION_FAILED',
      message: `A key of table "${table}" could not be serialised by ${serde.name}: ${describeThrown(cause)}`,
      cause,
      place: { table },
    })
  }
}
