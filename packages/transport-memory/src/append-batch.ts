import { type OutBatch, type OutRecord, type Produced, StreamError } from '@stream/core/adapter'
import type { Broker } from './broker.ts'
import type { Topic } from './topic.ts'

/** A record a topic does not take. */
export interface Refusal {
  readonly index: number
  readonly error: StreamError
}

/** The first record of a batch that its topic does not take. */
export function firstRefusal(
  topic: Topic,
  partition: number,
  records: readonly OutRecord[],
  now: number,
): Refusal | undefined {
  for (let index = 0; index < records.length; index += 1) {
    const error = topic.refusal(records[index] as OutRecord, partition, now)
    if (error !== undefined) return { index, error }
  }
  return undefined
}

/** The timestamp all records of an append get, where the topic asks for that. */
export function appendTimeOf(topic: Topic, broker: Broker): number | undefined {
  return topic.configs.logAppendTime ? broker.clock.now() : undefined
}

/**
 * Appends a batch without the records its topic does not take; the first of those is named, and all of them in the error's
 * place. Throws `STREAM_TOPIC_MISSING`.
 */
export function appendBatch(broker: Broker, batch: OutBatch): Produced {
  const { topic: name, partition, records } = batch
  const target = broker.partition(name, partition)
  const topic = broker.topics.get(name) as Topic
  const now = broker.clock.now()
  const first = firstRefusal(topic, partition, records, now)
  if (first === undefined) {
    return { topic: name, partition, baseOffset: target.append(records, appendTimeOf(topic, broker)) }
  }
  const kept: OutRecord[] = []
  const refused: number[] = []
  for (const [index, record] of records.entries()) {
    if (topic.refusal(record, partition, now) === undefined) kept.push(record)
    else refused.push(index)
  }
  const produced = { topic: name, partition, error: tellingAll(first.error, refused), refused: first.index }
  if (kept.length === 0) return produced
  return { ...produced, baseOffset: target.append(kept, appendTimeOf(topic, broker)) }
}

/** An answer names one record; where several were refused, its error names them all. */
function tellingAll(error: StreamError, refused: readonly number[]): StreamError {
  if (refused.length === 1) return error
  const { code, message, place } = error
  return new StreamError({
    code,
    message: `${message} The batch has ${refused.length} such records.`,
    place: { ...place, refused },
  })
}
