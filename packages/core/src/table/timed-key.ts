import { StreamError } from '../errors/index.ts'
import type { Serde } from '../serde/index.ts'
import type { ByteRange } from '../store/index.ts'
import type { RowTime } from '../topology/index.ts'
import { dueKey, readDueKey, readTime, writeTime } from './due-rows.ts'
import { afterPrefix } from './key-range.ts'
import { keyOfRow, rowPrefix, rowTag } from './row-key.ts'

/** A row's key: of a value at a time, the `nth` of that time; or, with `nth` undefined, of the row that says when to look at the key's rows. */
export type TimedKey<K> = readonly [key: K, timeMs: number, nth: number | undefined]

/** A value, null where it says that there is none from then on; `true` for rows that say when to look at others. */
export type TimedRow<V> = { readonly value: V | null } | true

/** Writes {@link TimedKey}s: all rows of a key lie together, in order of time. `kind` names the layout. */
export function timedKeySerde<K>(kind: string, key: Serde<K>): Serde<TimedKey<K>> {
  return {
    name: `${kind}(${key.name})`,
    serialize([own, timeMs, nth]) {
      const keyBytes = key.serialize(own)
      return nth === undefined ? dueKey(timeMs, keyBytes) : timedKey(rowPrefix(keyBytes), timeMs, nth)
    },
    deserialize(bytes) {
      if (bytes[0] === rowTag.due) {
        const { dueMs, keyBytes } = readDueKey(bytes)
        return [key.deserialize(keyBytes), dueMs, undefined]
      }
      const keyBytes = keyOfRow(bytes)
      const at = bytes.length - 12
      if (rowPrefix(keyBytes).length !== at)
        throw new Error('a row of a value at a time ends in 12 bytes behind its key')
      const nth = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 8)
      return [key.deserialize(keyBytes), readTime(bytes, at), nth]
    },
  }
}

/** The user's key in a row's key. */
export function keyOfTimed(rowKey: Uint8Array): Uint8Array {
  return rowKey[0] === rowTag.due ? readDueKey(rowKey).keyBytes : keyOfRow(rowKey)
}

function timedKey(prefix: Uint8Array, timeMs: number, nth: number): Uint8Array {
  const bytes = new Uint8Array(prefix.length + 12)
  bytes.set(prefix)
  writeTime(bytes, prefix.length, timeMs)
  new DataView(bytes.buffer).setUint32(prefix.length + 8, nth)
  return bytes
}

/** A stretch of time: from `fromMs` on, up to `toMs` and not with it. */
export interface TimeRange {
  /** @default the beginning */
  readonly fromMs?: number | undefined
  /** @default no end */
  readonly toMs?: number | undefined
  /** From the latest down. @default false */
  readonly reverse?: boolean
}

/** The rows of one key in a stretch of time. */
export function timedRange(prefix: Uint8Array, { fromMs = 0, toMs, reverse = false }: TimeRange): ByteRange {
  const lt = toMs === undefined ? afterPrefix(prefix) : timedKey(prefix, Math.max(0, toMs), 0)
  return { gte: timedKey(prefix, Math.max(0, fromMs), 0), ...(lt === undefined ? {} : { lt }), reverse }
}

/** Writes {@link TimedRow}s: a byte that says whether there is a value, and the value; nothing for `true`. */
export function timedRowSerde<V>(value: Serde<V>): Serde<TimedRow<V>> {
  return {
    name: `timed(${value.name})`,
    serialize(row) {
      if (row === true) return new Uint8Array(0)
      if (row.value === null) return Uint8Array.of(0)
      const own = value.serialize(row.value)
      const bytes = new Uint8Array(1 + own.length)
      bytes[0] = 1
      bytes.set(own, 1)
      return bytes
    },
    deserialize(bytes) {
      if (bytes.length === 0) return true
      if (bytes[0] === 0) return { value: null }
      return { value: value.deserialize(bytes.subarray(1)) }
    },
  }
}

/** The time that a write is for: the one it names, or its record's. Records without a timestamp are as old as the newest before them. */
export function timeOfWrite(
  named: number | undefined,
  { eventMs = -1, streamMs, wallMs }: RowTime,
  table: string,
): number {
  if (named === undefined) return eventMs >= 0 ? eventMs : (streamMs ?? wallMs)
  if (Number.isSafeInteger(named) && named >= 0) return named
  throw new StreamError({
    code: 'STREAM_KEY_INVALID',
    message: `Table "${table}" was given the timestamp ${String(named)}; give whole milliseconds since 1970`,
    place: { table },
  })
}
