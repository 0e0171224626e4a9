import type { StreamErrorCode } from './codes.ts'

/** Shared by all copies of the package in a process. */
const brand: symbol = Symbol.for('@stream/core.StreamError')

/** Where an error happened, as far as it is known. Values are safe to log: never a secret, never a record's content. */
export interface ErrorPlace {
  readonly app?: string
  /** `<sub-topology>_<partition>`. */
  readonly task?: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly table?: string
  /** Name of the agent, handler or stream. */
  readonly consumer?: string
  readonly [field: string]: string | number | boolean | readonly string[] | readonly number[] | undefined
}

/** What {@link StreamError} is made of. */
export interface StreamErrorOptions {
  readonly code: StreamErrorCode
  /** What happened, where, and what to do; one or two sentences. */
  readonly message: string
  /** Whether the same call can succeed later without a change of code or config. @default false */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** Structured facts of the message. @default {} */
  readonly place?: ErrorPlace
}

/** The one error class of @stream: branch on `code`, check with {@link StreamError.is}. */
export class StreamError extends Error {
  readonly code: StreamErrorCode
  readonly retryable: boolean
  readonly place: ErrorPlace

  constructor(options: StreamErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StreamError'
    this.code = options.code
    this.retryable = options.retryable ?? false
    this.place = options.place ?? {}
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for a StreamError of any copy of the package (a brand, since `instanceof` fails across two copies). */
  static is(value: unknown, code?: StreamErrorCode): value is StreamError {
    if (typeof value !== 'object' || value === null || (value as Record<symbol, unknown>)[brand] !== true) return false
    return code === undefined || (value as StreamError).code === code
  }

  /** `value` itself where it is a StreamError, else a StreamError made of it: `undefined`, strings and foreign errors included. */
  static from(value: unknown, otherwise: Omit<StreamErrorOptions, 'cause'>): StreamError {
    if (StreamError.is(value)) return value
    return new StreamError({ ...otherwise, message: `${otherwise.message}: ${describeThrown(value)}`, cause: value })
  }
}

/** One line for anything that was thrown. */
export function describeThrown(value: unknown): string {
  if (value instanceof Error) return value.message === '' ? value.name : value.message
  if (value === undefined) return 'undefined was thrown'
  if (typeof value === 'string') return value
  try {
    return `${typeof value} was thrown: ${JSON.stringify(value)}`
  } catch {
    return `${typeof value} was thrown`
  }
}
