import type { LogRecord } from '@stream/core/adapter'
import type { NativeMessage } from '../native/index.ts'
import { fromNativeHeaders } from './header-guard.ts'

/** A record as the contract has it; the bytes are the message's own. */
export function fromMessage({ offset, timestamp, key, value, headers }: NativeMessage): LogRecord {
  return { offset, timestamp, key, value, headers: fromNativeHeaders(headers) }
}

/** Payload bytes: key, value and headers. */
export function payloadBytes({ key, value, headers }: LogRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) bytes += name.length + (content?.length ?? 0)
  return bytes
}
