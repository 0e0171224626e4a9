import { StreamError } from '../errors/index.ts'

/** The error of a serde that cannot write a value. It names what kind of value came, never its content. */
export function cannotWrite(serde: string, value: unknown, expected: string): StreamError {
  if (value === undefined) {
    return new StreamError({
      code: 'STREAM_VALUE_UNDEFINED',
      message: `${serde} got undefined, which has no form in the log; give ${expected}, or null to write a tombstone`,
      place: { serde },
    })
  }
  return new StreamError({
    code: 'STREAM_SERIALIZATION_FAILED',
    message: `${serde} cannot write ${kindOf(value)}; give ${expected}`,
    place: { serde },
  })
}

/** The error of a serde that cannot read some bytes. It tells how many there are, never what they hold. */
export function cannotRead(serde: string, bytes: Uint8Array, reason: string): StreamError {
  return new StreamError({
    code: 'STREAM_DESERIALIZATION_FAILED',
    message: `${serde} cannot read these ${bytes.length} bytes: ${reason}`,
    place: { serde, bytes: bytes.length },
  })
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') {
    const name: unknown = value.constructor?.name
    return typeof name === 'string' && name !== 'Object' && name !== '' ? `an instance of ${name}` : 'an object'
  }
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'NaN'
    return Number.isInteger(value) ? 'this number' : Number.isFinite(value) ? 'a fraction' : 'an infinite number'
  }
  return `a ${typeof value}`
}
