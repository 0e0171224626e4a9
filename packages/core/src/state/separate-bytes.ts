/**
 * The value itself, or a copy where it is bytes: those cannot be frozen, so nobody who changes or reuses a buffer may share it with a row.
 */
export function separateBytes<T>(value: T): T {
  // The copy is of the same kind, so T stays what it was.
  return value instanceof Uint8Array ? (Uint8Array.prototype.slice.call(value) as T & Uint8Array) : value
}
