import { StreamError } from '../errors/index.ts'
import type { Serde } from '../serde/index.ts'
import type { ByteRange } from '../store/index.ts'
import { after, afterPrefix, type KeyRange } from './key-range.ts'

/**
 * What a row is, in its key's first byte. Text in UTF-8 never begins with one of these, so rows of kinds that have them and rows of plain
 * tables with text keys are not mistaken for each other.
 */
export const rowTag: { readonly data: 0xf8; readonly due: 0xf9 } = { data: 0xf8, due: 0xf9 }

/** The key of a row, of a table with several rows for one key: the user's key, and which of its rows. */
export type RowKey<K, R> = readonly [key: K, rest: R]

/** Bytes of a row's key up to where the rest begins: tag, length of the key, key. None of them is the beginning of another's. */
export function rowPrefix(keyBytes: Uint8Array): Uint8Array {
  const { length } = keyBytes
  const lengthBytes: number[] = []
  for (let left = length; ; left >>>= 7) {
    if (left < 0x80) {
      lengthBytes.push(left)
      break
    }
    lengthBytes.push((left & 0x7f) | 0x80)
  }
  const prefix = new Uint8Array(1 + lengthBytes.length + length)
  prefix[0] = rowTag.data
  prefix.set(lengthBytes, 1)
  prefix.set(keyBytes, 1 + lengthBytes.length)
  return prefix
}

/** Where the user's key lies in a row's key; throws for what has no such form. */
function keyBounds(rowKey: Uint8Array): { readonly from: number; readonly to: number } {
  let length = 0
  let at = 1
  for (let shift = 0; at < rowKey.length && shift < 35; shift += 7) {
    const byte = rowKey[at++]!
    length += (byte & 0x7f) * 2 ** shift
    if (byte >= 0x80) continue
    if (rowKey[0] !== rowTag.data || at + length > rowKey.length) break
    return { from: at, to: at + length }
  }
  throw new Error(`these ${rowKey.length} bytes are not the key of a row; another kind of table wrote them`)
}

/** The user's key in a row's key. */
export function keyOfRow(rowKey: Uint8Array): Uint8Array {
  const { from, to } = keyBounds(rowKey)
  return rowKey.subarray(from, to)
}

/** Writes {@link RowKey}s: all rows of a key lie together, in byte order of the rest. `kind` names the layout. */
export function rowKeySerde<K, R>(kind: string, key: Serde<K>, rest: Serde<R>): Serde<RowKey<K, R>> {
  return {
    name: `${kind}(${key.name}, ${rest.name})`,
    serialize([own, which]) {
      const prefix = rowPrefix(key.serialize(own))
      const tail = rest.serialize(which)
      const bytes = new Uint8Array(prefix.length + tail.length)
      bytes.set(prefix)
      bytes.set(tail, prefix.length)
      return bytes
    },
    deserialize(bytes) {
      const { from, to } = keyBounds(bytes)
      return [key.deserialize(bytes.subarray(from, to)), rest.deserialize(bytes.subarray(to))]
    },
  }
}

/** The rows of one key, or a range of them. */
export function rowRange<R>(prefix: Uint8Array, rest: Serde<R>, range: KeyRange<R>): ByteRange {
  const joined = (tail: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(prefix.length + tail.length)
    bytes.set(prefix)
    bytes.set(tail, prefix.length)
    return bytes
  }
  const { gt, gte, lt, lte, reverse = false } = range
  const from =
    gt !== undefined ? joined(after(rest.serialize(gt))) : gte !== undefined ? joined(rest.serialize(gte)) : prefix
  const to =
    lte !== undefined ? joined(after(rest.serialize(lte))) : lt !== undefined ? joined(rest.serialize(lt)) : undefined
  const end = to ?? afterPrefix(prefix)
  return { gte: from, ...(end === undefined ? {} : { lt: end }), reverse }
}

/** The key's bytes; throws for null and undefined, which are no keys, and what the serde throws. */
export function userKey<K>(serde: Serde<K>, key: K, table: string): Uint8Array {
  if (key !== null && key !== undefined) return serde.serialize(key)
  throw new StreamError({
    code: 'STREAM_KEY_INVALID',
    message: `Table "${table}" was asked for the key ${key}; a table key is never null. Check the key before you use the table`,
    place: { table },
  })
}
