import { StreamError } from '@stream/core/adapter'

/** A topic or partition that does not exist; topics are never created by being used. */
export function topicMissing(topic: string, partition?: number): StreamError {
  const what = partition === undefined ? `Topic ${topic}` : `Partition ${partition} of topic ${topic}`
  return new StreamError({
    code: 'STREAM_TOPIC_MISSING',
    message: `${what} does not exist in the embedded log. Create it with admin().createTopics(), or let the app create it.`,
    place: { topic, ...(partition === undefined ? {} : { partition }) },
  })
}

/** A position that the log does not hold any more, or not yet. */
export function offsetOutOfRange(
  topic: string,
  partition: number,
  offset: number,
  range: { readonly logStart: number; readonly logEnd: number },
): StreamError {
  return new StreamError({
    code: 'STREAM_OFFSET_OUT_OF_RANGE',
    message:
      `Offset ${offset} of ${topic}-${partition} is outside of the log, which holds ${range.logStart} to ${range.logEnd}. ` +
      'Seek to a position inside it.',
    place: { topic, partition, offset, logStart: range.logStart, logEnd: range.logEnd },
  })
}

/** The log was switched off ({@link MemoryLog.setAvailable}) for longer than the call waits. */
export function unavailable(what: string): StreamError {
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `${what} failed: the embedded log is not available. Switch it on with setAvailable(true) and call again.`,
    retryable: true,
  })
}

/** The broker took the request and said no for good. */
export function refused(message: string, place: Readonly<Record<string, string | number>> = {}): StreamError {
  return new StreamError({ code: 'STREAM_BROKER_REFUSED', message, place })
}

/** A member, generation or transactional id that is over. */
export function fenced(message: string, place: Readonly<Record<string, string | number>> = {}): StreamError {
  return new StreamError({ code: 'STREAM_FENCED', message, place })
}

/** A call on something that was closed. */
export function closed(what: string): StreamError {
  return new StreamError({
    code: 'STREAM_CLOSED',
    message: `${what} of the memory transport is closed. Open a new one from a transport that is open.`,
  })
}

/** A static member whose instance id another process has taken. */
export function instanceFenced(groupId: string, instanceId: string): StreamError {
  return fenced(
    `Member ${instanceId} of group ${groupId} was fenced: another process joined with its instance id. Give each process its own.`,
    { groupId, instanceId },
  )
}

/** A member whose way to assign differs from that of the group. */
export function protocolRefused(groupId: string, protocol: string): StreamError {
  return refused(
    `Group ${groupId} does not take a member with ${protocol}: the others rebalance or assign in another way. Configure all members alike.`,
    { groupId, protocol },
  )
}
