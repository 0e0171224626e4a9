import { StreamError } from '../errors/index.ts'
import type { Serde } from '../serde/index.ts'
import type { ByteRange } from '../store/index.ts'

/** How rows are read one after the other. */
export interface ScanOptions {
  /** From the highest key down. @default false */
  readonly reverse?: boolean
  /** How many rows at most. @default all */
  readonly limit?: number
  /** How many rows are read in one go, and held in memory. @default 256 */
  readonly batchRows?: number
}

/**
 * A range of keys, in byte order of the keys as their serde writes them: for `string()` the order of code points, for `integer()` and
 * `long()` that of numbers as long as they are not negative. An absent bound is open.
 */
export interface KeyRange<K> extends ScanOptions {
  readonly gte?: K
  readonly gt?: K
  readonly lt?: K
  readonly lte?: K
}

/** The range in bytes. */
export function byteRange<K>(serde: Serde<K>, range: KeyRange<K>): ByteRange {
  const from = range.gt === undefined ? bound(serde, range.gte) : after(serde.serialize(range.gt))
  const to = range.lte === undefined ? bound(serde, range.lt) : after(serde.serialize(range.lte))
  return {
    ...(from === undefined ? {} : { gte: from }),
    ...(to === undefined ? {} : { lt: to }),
    reverse: range.reverse === true,
  }
}

function bound<K>(serde: Serde<K>, key: K | undefined): Uint8Array | undefined {
  return key === undefined ? undefined : serde.serialize(key)
}

/** The least key above this one. */
export function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}

/** The least key above all that begin with `prefix`; undefined: there is none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return undefined
  const next = prefix.slice(0, length)
  next[length - 1]! += 1
  return next
}

/** All keys that begin with these bytes. */
export function prefixRange(prefix: Uint8Array, reverse: boolean): ByteRange {
  const lt = afterPrefix(prefix)
  return { gte: prefix, ...(lt === undefined ? {} : { lt }), reverse }
}

/** Serdes that write the beginning of a value as the beginning of its bytes. */
const prefixed: ReadonlySet<string> = new Set(['string', 'bytes'])

/** Throws where a prefix of a key is no prefix of its bytes. */
export function assertPrefixed(serde: { readonly name: string }, table: string): void {
  if (prefixed.has(serde.name)) return
  throw new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `Table "${table}" has keys written by ${serde.name}, whose bytes do not begin as its values begin; prefix() works with string() and bytes(), and range() with any serde`,
    place: { table },
  })
}
