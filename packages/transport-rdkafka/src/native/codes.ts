import { type ErrorPlace, StreamError, type StreamErrorCode } from '@stream/core/adapter'
import type { ClientFailure, ClientLibrary } from './client-library.ts'

/** librdkafka's codes that this package acts on: its own below 0, the brokers' above. */
export const codes = {
  purgedInFlight: -151,
  purgedInQueue: -152,
  fatal: -150,
  maxPollExceeded: -147,
  fenced: -144,
  assignmentLost: -142,
  autoOffsetReset: -140,
  state: -172,
  assignPartitions: -175,
  revokePartitions: -174,
  queueFull: -184,
  timedOut: -185,
  unknownTopic: -188,
  unknownPartition: -190,
  messageTimedOut: -192,
  none: 0,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  invalidTimestamp: 32,
  topicAlreadyExists: 36,
  invalidProducerEpoch: 47,
  fencedInstance: 82,
  invalidRecord: 87,
  unstableOffset: 88,
  producerFenced: 90,
} as const

const fencing: ReadonlySet<number> = new Set([-144, 22, 25, 47, 49, 82, 90])
const authorization: ReadonlySet<number> = new Set([29, 30, 31, 53, 65])
const authentication: ReadonlySet<number> = new Set([-169, 33, 58])
const missing: ReadonlySet<number> = new Set([-188, -190, 3, 100])
const tooLarge: ReadonlySet<number> = new Set([10, 18])
const temporary: ReadonlySet<number> = new Set([
  -195, -193, -187, -180, -166, -164, -153, 2, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 74, 75, 78,
])
const late: ReadonlySet<number> = new Set([-185, -192])

/** True where the membership or the producer is over: somebody else has taken its place. */
export function isFencing(code: number): boolean {
  return fencing.has(code)
}

/** True where the topic or the partition is not there. */
export function isMissing(code: number): boolean {
  return missing.has(code)
}

/** True where one of the records of a batch is the reason: others can be appended without it. */
export function isRecordRefused(code: number): boolean {
  return tooLarge.has(code) || code === codes.invalidRecord || code === codes.invalidTimestamp
}

/** True where the same call can succeed later. */
export function isTemporary(code: number): boolean {
  return temporary.has(code) || late.has(code)
}

/** The error a failure stands for. `what` is a sentence without a full stop. */
export function clientError(failure: ClientFailure, what: string, place: ErrorPlace = {}): StreamError {
  const { code, message } = failure
  const place_ = Number.isNaN(code) ? place : { ...place, clientCode: code }
  return new StreamError({
    code: streamCode(code),
    message: `${what}: ${message}${remedy(code)}`,
    retryable: failure.isRetriable ?? isTemporary(code),
    place: place_,
  })
}

function streamCode(code: number): StreamErrorCode {
  if (fencing.has(code)) return 'STREAM_FENCED'
  if (authorization.has(code)) return 'STREAM_AUTHORIZATION_FAILED'
  if (authentication.has(code)) return 'STREAM_AUTHENTICATION_FAILED'
  if (missing.has(code)) return 'STREAM_TOPIC_MISSING'
  if (tooLarge.has(code)) return 'STREAM_RECORD_TOO_LARGE'
  if (late.has(code)) return 'STREAM_TIMEOUT'
  if (code === codes.unstableOffset) return 'STREAM_OFFSETS_UNSTABLE'
  if (temporary.has(code)) return 'STREAM_BROKER_UNAVAILABLE'
  return Number.isNaN(code) ? 'STREAM_INTERNAL' : 'STREAM_BROKER_REFUSED'
}

function remedy(code: number): string {
  if (authorization.has(code)) return '; grant the principal what it lacks'
  if (missing.has(code)) return '; create the topic, or check its name and partition count'
  if (temporary.has(code) || late.has(code)) return '; check that the brokers can be reached'
  return ''
}

/** Codes by librdkafka's own text, in lower case: delivery reports and fatal errors come as text only. */
export function codesByText(library: ClientLibrary): ReadonlyMap<string, number> {
  const byText = new Map<string, number>()
  for (const code of Object.values(library.CODES.ERRORS)) {
    const text = library.textOf(code).toLowerCase()
    byText.set(text, code)
    // node-rdkafka cuts the origin off ("Broker: ...") when it makes an error of a text.
    const cut = text.indexOf(': ')
    if (cut > 0) byText.set(text.slice(cut + 2), code)
  }
  return byText
}
