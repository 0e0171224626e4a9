import type { Serde } from '../serde/index.ts'
import { dueKey, readDueKey, readTime, writeTime } from './due-rows.ts'
import { rowTag } from './row-key.ts'

/** A row's key: of the value, or, with a time, of the row that says when to look at it. */
export type ExpiringKey<K> = readonly [key: K, dueMs?: number]

/** A value with the time of its end, undefined where it has none; `true` for rows that say when to look at others. */
export type ExpiringValue<V> = { readonly value: V; readonly expiresMs: number | undefined } | true

/** Writes {@link ExpiringKey}s: values lie in byte order of the user's keys, the others in order of time. */
export function expiringKeySerde<K>(key: Serde<K>): Serde<ExpiringKey<K>> {
  return {
    name: `expiring(${key.name})`,
    serialize([own, dueMs]) {
      const keyBytes = key.serialize(own)
      if (dueMs !== undefined) return dueKey(dueMs, keyBytes)
      return dataKey(keyBytes)
    },
    deserialize(bytes) {
      if (bytes[0] === rowTag.data) return [key.deserialize(bytes.subarray(1))]
      if (bytes[0] !== rowTag.due)
        throw new Error('they begin as no row of a table with a ttl does; another kind of table wrote them')
      const { dueMs, keyBytes } = readDueKey(bytes)
      return [key.deserialize(keyBytes), dueMs]
    },
  }
}

/** Key of a value's row. */
export function dataKey(keyBytes: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + keyBytes.length)
  bytes[0] = rowTag.data
  bytes.set(keyBytes, 1)
  return bytes
}

/** The user's key in a row's key. */
export function keyOfExpiring(rowKey: Uint8Array): Uint8Array {
  return rowKey[0] === rowTag.due ? readDueKey(rowKey).keyBytes : rowKey.subarray(1)
}

/** Writes {@link ExpiringValue}s: the time in 8 bytes, 0 for none, and the value as its serde has it; nothing for `true`. */
export function expiringValueSerde<V>(value: Serde<V>): Serde<ExpiringValue<V>> {
  return {
    name: `expiring(${value.name})`,
    serialize(row) {
      if (row === true) return new Uint8Array(0)
      const own = value.serialize(row.value)
      const bytes = new Uint8Array(8 + own.length)
      writeTime(bytes, 0, row.expiresMs ?? 0)
      bytes.set(own, 8)
      return bytes
    },
    deserialize(bytes) {
      if (bytes.length === 0) return true
      if (bytes.length < 8)
        throw new Error(`the value of a row with a ttl has at least 8 bytes, and these are ${bytes.length}`)
      const expiresMs = readTime(bytes, 0)
      return { value: value.deserialize(bytes.subarray(8)), expiresMs: expiresMs === 0 ? undefined : expiresMs }
    },
  }
}
