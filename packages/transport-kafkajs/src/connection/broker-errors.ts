import { type ErrorPlace, StreamError, type StreamErrorCode, type TopicPartition } from '@stream/core/adapter'
import { type AclOperation, accessDenied } from './access-denied.ts'

/** Kafka's error codes that this package acts on, by name (https://kafka.apache.org/protocol#protocol_error_codes). */
export const brokerCodes = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  inconsistentProtocol: 23,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  invalidTimestamp: 32,
  topicAlreadyExists: 36,
  notController: 41,
  policyViolation: 44,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  transactionalIdAuthorizationFailed: 53,
  storageError: 56,
  unknownProducerId: 59,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  offsetNotAvailable: 78,
  memberIdRequired: 79,
  fencedInstance: 82,
  invalidRecord: 87,
  unstableOffset: 88,
  producerFenced: 90,
  transactionAbortable: 120,
} as const

/** Worth another try at the same broker, or at the one that took its place. */
const retryable: ReadonlySet<number> = new Set([
  2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 74, 75, 78, 88,
])

/** The view of leaders or coordinators is out of date. */
const stale: ReadonlySet<number> = new Set([3, 5, 6, 9, 13, 15, 16, 41, 56, 74, 75])

const fencing: ReadonlySet<number> = new Set([22, 25, 47, 49, 82, 90])

/** True where the same request can succeed later. */
export function isRetryableCode(code: number): boolean {
  return retryable.has(code)
}

/** True where leaders or coordinators have to be looked up again first. */
export function isStaleCode(code: number): boolean {
  return stale.has(code)
}

/** True where the membership or the producer is over: someone else has taken its place. */
export function isFencingCode(code: number): boolean {
  return fencing.has(code)
}

/** What {@link brokerError} can say besides the code. */
export interface BrokerErrorDetail {
  /** The broker's own words. */
  readonly said?: string | null
  /** What the request needs to be allowed, where the code denies it. */
  readonly needs?: AclOperation
}

/** The error of a code that is not handled where it arrived. `what` is a sentence without a full stop. */
export function brokerError(
  code: number,
  what: string,
  place: ErrorPlace = {},
  { said: words, needs }: BrokerErrorDetail = {},
): StreamError {
  const said = words === undefined || words === null || words === '' ? '' : `: ${words}`
  const denied = accessDenied(code, place, needs)
  if (denied !== undefined) {
    const { resource, operation, remedy } = denied
    return new StreamError({
      code: 'STREAM_AUTHORIZATION_FAILED',
      message: `${what}: the broker denies ${operation} on ${resource} (${nameOf(code)}, ${code})${said}; ${remedy}`,
      place: { ...place, resource, operation, brokerCode: code },
    })
  }
  return new StreamError({
    code: streamCode(code),
    message: `${what}: the broker answered ${nameOf(code)} (${code})${said}`,
    retryable: retryable.has(code),
    place: { ...place, brokerCode: code },
  })
}

/** The error for a partition that no broker knows. */
export function topicMissing({ topic, partition }: TopicPartition): StreamError {
  return new StreamError({
    code: 'STREAM_TOPIC_MISSING',
    message: `There is no partition ${partition} of topic ${topic}: create the topic, or check its name and partition count`,
    place: { topic, partition },
  })
}

function nameOf(code: number): string {
  const found = Object.entries(brokerCodes).find(([, value]) => value === code)
  return found === undefined ? 'an error' : found[0].replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function streamCode(code: number): StreamErrorCode {
  if (fencing.has(code)) return 'STREAM_FENCED'
  switch (code) {
    case brokerCodes.offsetOutOfRange:
      return 'STREAM_OFFSET_OUT_OF_RANGE'
    case brokerCodes.corruptMessage:
      return 'STREAM_RECORD_CORRUPT'
    case brokerCodes.unknownTopicOrPartition:
      return 'STREAM_TOPIC_MISSING'
    case brokerCodes.messageTooLarge:
    case brokerCodes.recordListTooLarge:
      return 'STREAM_RECORD_TOO_LARGE'
    case brokerCodes.unstableOffset:
      return 'STREAM_OFFSETS_UNSTABLE'
    default:
      return retryable.has(code) ? 'STREAM_BROKER_UNAVAILABLE' : 'STREAM_BROKER_REFUSED'
  }
}
