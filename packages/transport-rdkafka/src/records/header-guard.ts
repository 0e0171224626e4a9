import { isUtf8 } from 'node:buffer'
import type { Headers } from '@stream/core/adapter'
import type { NativeHeader, NativeMessage } from '../native/index.ts'

/**
 * node-rdkafka turns header values into text on their way out: null becomes "null", a NUL ends the value, bytes that are no UTF-8 are
 * replaced. What cannot go as text goes in this header, as JSON: `[[index, name, base64 or null], ...]`. Readers of this package put it
 * back into its place; others find it here.
 */
export const carrierName = 'stream-rdkafka-headers'

const none: Headers = Object.freeze([])

type Carried = readonly [index: number, name: string, value: string | null]

/** The headers as node-rdkafka takes them, or undefined where there are none. */
export function toNativeHeaders(headers: Headers | undefined): readonly NativeHeader[] | undefined {
  if (headers === undefined || headers.length === 0) return undefined
  const out: NativeHeader[] = []
  const carried: Carried[] = []
  for (const [index, [name, value]] of headers.entries()) {
    if (value !== null && isText(value) && isName(name)) out.push({ [name]: textOf(value) })
    else carried.push([index, name, value === null ? null : toBuffer(value).toString('base64')])
  }
  if (carried.length > 0) out.push({ [carrierName]: JSON.stringify(carried) })
  return out
}

/** The headers as they went in; null values that others wrote are read as empty ones, which the client makes of them. */
export function fromNativeHeaders(native: NativeMessage['headers']): Headers {
  if (native === undefined || native.length === 0) return none
  const headers = native.map(pairOf)
  const last = headers.at(-1)
  if (last?.[0] !== carrierName) return headers
  const carried = readCarried(last[1])
  if (carried === undefined) return headers
  headers.pop()
  for (const [index, name, value] of carried) {
    headers.splice(index, 0, [name, value === null ? null : Buffer.from(value, 'base64')])
  }
  return headers
}

/** A header called `__proto__` is set as the prototype of its object. */
function pairOf(header: Readonly<Record<string, Buffer>>): [string, Uint8Array | null] {
  for (const name in header) if (Object.hasOwn(header, name)) return [name, header[name] ?? null]
  return ['__proto__', Object.getPrototypeOf(header) as Uint8Array]
}

function isText(value: Uint8Array): boolean {
  return !value.includes(0) && isUtf8(value)
}

/** A name with a NUL would be cut, a lone surrogate replaced, and one that looks like the carrier taken for it. */
function isName(name: string): boolean {
  return !name.includes('\0') && !/\p{Surrogate}/u.test(name) && name !== carrierName
}

function textOf(value: Uint8Array): string {
  return toBuffer(value).toString('utf8')
}

function toBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function readCarried(value: Uint8Array | null): readonly Carried[] | undefined {
  try {
    const parsed: unknown = JSON.parse(value === null ? '' : textOf(value))
    return Array.isArray(parsed) && parsed.every(isCarried) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isCarried(one: unknown): one is Carried {
  if (!Array.isArray(one) || one.length !== 3) return false
  const [index, name, value] = one
  return Number.isSafeInteger(index) && typeof name === 'string' && (value === null || typeof value === 'string')
}
