import type { RefusedRecord, StreamError } from '@stream/core/adapter'
import { type ClientFailure, clientError, codes, isFencing } from '../native/index.ts'
import { isClearing } from '../produce/index.ts'

/** Why a transaction is not committed. */
export interface TransactionFailure {
  readonly kind: 'aborted' | 'fenced'
  readonly cause: StreamError
  readonly refused?: RefusedRecord
  /** The same can succeed in another transaction. */
  readonly isPassing?: boolean
  /** librdkafka only cleared up: the reason lies before. */
  readonly isConsequence?: boolean
}

/** The failure a step of a transaction stands for, before its end was asked for: nothing of it can become visible. */
export function failureOfStep(failure: ClientFailure, what: string): TransactionFailure {
  return { kind: isFencing(failure.code) ? 'fenced' : 'aborted', cause: clientError(failure, what) }
}

/** The failure that is the reason, of several: not librdkafka's own clearing up. */
export function reasonOf(failures: readonly ClientFailure[]): ClientFailure | undefined {
  return failures.find(({ code }) => !isClearing(code) && code !== codes.none) ?? failures[0]
}
