import { StreamError } from '../errors/index.ts'
import type { ErrorPolicy, TopicDeclaration } from '../topology/index.ts'
import { checkNumber } from './check-number.ts'

/**
 * The default: the app stops at a record that failed. The other tasks make a last cut, the record stays uncommitted, and the app ends as
 * failed, with the cause.
 */
export function stop(): ErrorPolicy {
  return { kind: 'stop' }
}

/** The record counts as done, with no effects. Only for records that nobody will miss: nothing is kept of them. */
export function skip(): ErrorPolicy {
  return { kind: 'skip' }
}

/** Where {@link deadLetter} sends. */
export interface DeadLetterOptions {
  /** @default `{app id}-dead-letter` */
  readonly topic?: TopicDeclaration<Uint8Array, Uint8Array>
}

/**
 * The record goes to a topic of failed ones, with its key, value and headers as they came and the cause in more headers (see
 * `deadLetterHeaders`), in the same cut as its offset.
 *
 * Throws `STREAM_CONFIG_INVALID` for a `topic` that is none.
 */
export function deadLetter(options: DeadLetterOptions = {}): ErrorPolicy {
  const { topic } = options
  if (topic === undefined) return { kind: 'dead-letter' }
  if (topic?.kind !== 'topic') {
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: 'deadLetter({ topic }) takes a topic; make one with app.topic(name)',
    })
  }
  return { kind: 'dead-letter', topic }
}

/** How often and how fast {@link retry} tries. */
export interface RetryOptions {
  /**
   * Attempts in all, the first one included. In a policy that stands in another one's `then` they are counted from there, so every one
   * of them is a new try.
   */
  readonly attempts: number
  /** Longest wait before the second attempt; it doubles with every further one. The wait is random between 0 and that. @default 100 */
  readonly backoffMs?: number
  /** No wait is longer. @default 10_000 */
  readonly maxBackoffMs?: number
  /** What the record meets after the last attempt. @default stop() */
  readonly then?: ErrorPolicy
}

/**
 * The record is tried again, each time in a fresh scope: nothing of a failed attempt is ever visible. Records of the same key (with
 * concurrency 1 all records) wait meanwhile.
 *
 * Throws `STREAM_CONFIG_INVALID` for numbers that make no sense.
 */
export function retry(options: RetryOptions): ErrorPolicy {
  const { attempts, backoffMs = 100, maxBackoffMs = 10_000, then = stop() } = options
  checkNumber('retry', 'attempts', attempts, 1)
  checkNumber('retry', 'backoffMs', backoffMs, 0)
  checkNumber('retry', 'maxBackoffMs', maxBackoffMs, 0)
  if (!isErrorPolicy(then)) {
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: 'retry({ then }) takes an error policy: stop(), skip(), deadLetter() or another retry()',
    })
  }
  return { kind: 'retry', attempts, backoffMs, maxBackoffMs, then }
}

const kinds: readonly unknown[] = ['stop', 'skip', 'dead-letter', 'retry']

/** Whether a value is an error policy: told from `skip` written without its parentheses, and the like. */
export function isErrorPolicy(value: unknown): value is ErrorPolicy {
  return typeof value === 'object' && value !== null && kinds.includes((value as { kind?: unknown }).kind)
}
