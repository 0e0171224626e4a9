/** Freezes plain objects and arrays all the way down, so that a value that is shared with the cache cannot be changed unnoticed. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) {
    for (const item of value) deepFreeze(item)
    return Object.freeze(value)
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
