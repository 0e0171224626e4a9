import type { OutBatch, OutRecord, Produced, StreamError } from '@stream/core/adapter'
import type { MemoryLog } from './memory-log.ts'
import type { Topic } from './topic.ts'

/** A record a topic does not take. */
export interface Refusal {
  readonly index: number
  readonly error: StreamError
}

/** The first record of a batch that its topic does not take. */
export function firstRefusal(topic: Topic, partition: number, records: readonly OutRecord[]): Refusal | undefined {
  for (let index = 0; index < records.length; index += 1) {
    const error = topic.refusal(records[index] as OutRecord, partition)
    if (error !== undefined) return { index, error }
  }
  return undefined
}

/** The timestamp all records of an append get, where the topic asks for that. */
export function appendTimeOf(topic: Topic, log: MemoryLog): number | undefined {
  return topic.configs.logAppendTime ? log.clock.now() : undefined
}

/** Appends a batch without the records its topic does not take; the first of those is named. Throws `STREAM_TOPIC_MISSING`. */
export function appendBatch(log: MemoryLog, batch: OutBatch): Produced {
  const { topic: name, partition, records } = batch
  const target = log.partition(name, partition)
  const topic = log.topics.get(name) as Topic
  const first = firstRefusal(topic, partition, records)
  if (first === undefined) {
    return { topic: name, partition, baseOffset: target.append(records, appendTimeOf(topic, log)) }
  }
  const kept = records.filter((record) => topic.refusal(record, partition) === undefined)
  const produced = { topic: name, partition, error: first.error, refused: first.index }
  if (kept.length === 0) return produced
  return { ...produced, baseOffset: target.append(kept, appendTimeOf(topic, log)) }
}
