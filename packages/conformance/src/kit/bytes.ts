import assert from 'node:assert/strict'

/** UTF-8 bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** For messages and comparisons: hexadecimal text sorts as the bytes do; `null` and nothing stay apart from empty. */
export function hex(value: Uint8Array | null | undefined): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  return `0x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
}

/** Asserts equal content, `null` and undefined included; long values are named by length in the message. */
export function assertSameBytes(
  actual: Uint8Array | null | undefined,
  expected: Uint8Array | null | undefined,
  what: string,
): void {
  if (actual === expected || (actual && expected && Buffer.compare(actual, expected) === 0)) return
  assert.fail(`${what} must be ${shown(expected)}, but it is ${shown(actual)}`)
}

function shown(value: Uint8Array | null | undefined): string {
  return value && value.length > 40 ? `${value.length} bytes ${hex(value.subarray(0, 16))}...` : hex(value)
}
