import { StreamError, type TopicPartition } from '@stream/core/adapter'
import { brokerCodes } from '../connection/index.ts'

const refusedRecords: ReadonlySet<number> = new Set([
  brokerCodes.messageTooLarge,
  brokerCodes.recordListTooLarge,
  brokerCodes.invalidRecord,
  brokerCodes.invalidTimestamp,
])

const overIdentities: ReadonlySet<number> = new Set([
  brokerCodes.outOfOrderSequence,
  brokerCodes.invalidProducerEpoch,
  brokerCodes.invalidProducerIdMapping,
  brokerCodes.unknownProducerId,
  brokerCodes.producerFenced,
])

/** True where one of the records is the reason: the others can be appended without it. */
export function isRecordRefused(code: number): boolean {
  return refusedRecords.has(code)
}

/** True where the broker takes nothing under this producer id and epoch any more. */
export function isIdentityOver(code: number): boolean {
  return overIdentities.has(code)
}

/** Records whose delivery timeout is over; `isUncertain` where the broker may have them. */
export function lateError({ topic, partition }: TopicPartition, isUncertain: boolean): StreamError {
  const what = isUncertain ? 'are not known to have arrived' : 'could not be sent'
  return new StreamError({
    code: isUncertain ? 'STREAM_TIMEOUT' : 'STREAM_BROKER_UNAVAILABLE',
    message: `Records for ${topic}-${partition} ${what} in time: check the brokers, or raise the delivery timeout`,
    retryable: true,
    place: { topic, partition },
  })
}

/** Records of a producer that is closed. */
export function closedError(): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: 'The producer is closed' })
}
