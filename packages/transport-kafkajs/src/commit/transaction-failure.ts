import type { RefusedRecord, StreamError } from '@stream/core/adapter'
import { brokerCodes, isFencingCode } from '../connection/index.ts'

/** Why a transaction is not committed. */
export interface TransactionFailure {
  readonly kind: 'aborted' | 'fenced'
  readonly cause: StreamError
  readonly refused?: RefusedRecord
  /** The producer itself is over: there is nothing left that could be aborted under it. */
  readonly isProducerOver: boolean
}

const producerOver: ReadonlySet<number> = new Set([
  brokerCodes.invalidProducerEpoch,
  brokerCodes.invalidProducerIdMapping,
  brokerCodes.producerFenced,
])

/** The failure that a broker's code stands for. */
export function failureOfCode(cause: StreamError, code: number): TransactionFailure {
  return { kind: isFencingCode(code) ? 'fenced' : 'aborted', cause, isProducerOver: producerOver.has(code) }
}
