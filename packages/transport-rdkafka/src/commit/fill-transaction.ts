import type { OutBatch } from '@stream/core/adapter'
import { clientError, codes, isRecordRefused } from '../native/index.ts'
import {
  type Chunk,
  isClearing,
  Lane,
  type PartitionFailure,
  partitionKey,
  type Rounds,
  type TopicLimits,
} from '../produce/index.ts'
import { failureOfStep, reasonOf, type TransactionFailure } from './transaction-failure.ts'

/** `smaller`: a batch was refused that smaller ones may replace, in another transaction. */
export type Filling =
  | { readonly kind: 'filled' }
  | { readonly kind: 'smaller' | 'failed'; readonly failure: TransactionFailure }

type Owner = 'transaction'

/** Sends the records of a transaction and waits for them; the first failure ends it, since the transaction cannot be committed then. */
export async function fillTransaction(out: readonly OutBatch[], rounds: Rounds, limits: TopicLimits): Promise<Filling> {
  const lanes = lanesOf(out)
  while (lanes.size > 0) {
    const sent = put(lanes, rounds, limits)
    const failures = await rounds.end()
    const judged = judge(sent.chunks, failures, limits, out) ?? sent.failed
    if (judged !== undefined) return judged
    for (const { lane, records } of sent.chunks) lane.done(records)
    for (const [key, lane] of lanes) if (lane.isEmpty) lanes.delete(key)
  }
  return { kind: 'filled' }
}

function lanesOf(out: readonly OutBatch[]): Map<string, Lane<Owner>> {
  const lanes = new Map<string, Lane<Owner>>()
  for (const [batch, { topic, partition, records }] of out.entries()) {
    if (records.length === 0) continue
    const key = partitionKey(topic, partition)
    const lane = lanes.get(key) ?? new Lane<Owner>({ topic, partition })
    lanes.set(key, lane)
    lane.add({ owner: 'transaction', batch, records, next: 0 })
  }
  return lanes
}

interface Sent {
  readonly chunks: readonly Chunk<Owner>[]
  readonly failed?: Filling
}

function put(lanes: ReadonlyMap<string, Lane<Owner>>, rounds: Rounds, limits: TopicLimits): Sent {
  const chunks: Chunk<Owner>[] = []
  for (const lane of lanes.values()) {
    const { topic, partition } = lane
    const chunk = lane.peek(limits.of(topic))
    const put: Chunk<Owner>['records'][number][] = []
    for (const one of chunk.records) {
      const failure = rounds.put(topic, partition, one.record)
      if (failure === undefined) {
        put.push(one)
        continue
      }
      if (put.length > 0) chunks.push({ lane, records: put, bytes: chunk.bytes })
      // The rest goes in the next round.
      if (failure.code === codes.queueFull && chunks.length > 0) return { chunks }
      const step = failureOfStep(failure, `A record for ${topic}-${partition} was not taken`)
      const refused = { topic, partition, batch: one.item.batch, record: one.index }
      return {
        chunks,
        failed: { kind: 'failed', failure: isRecordRefused(failure.code) ? { ...step, refused } : step },
      }
    }
    chunks.push({ lane, records: put, bytes: chunk.bytes })
  }
  return { chunks }
}

function judge(
  chunks: readonly Chunk<Owner>[],
  failures: ReadonlyMap<string, PartitionFailure>,
  limits: TopicLimits,
  out: readonly OutBatch[],
): Filling | undefined {
  if (failures.size === 0) return undefined
  for (const { lane, records, bytes } of chunks) {
    const { topic, partition } = lane
    const failure = failures.get(partitionKey(topic, partition))
    if (failure === undefined || !isRecordRefused(failure.code)) continue
    const cause = clientError(failure, `A record for ${topic}-${partition} was refused`, { topic, partition })
    const [one] = records
    if (records.length > 1 || one === undefined) {
      limits.refusedBatch(topic, bytes)
      return { kind: 'smaller', failure: { kind: 'aborted', cause } }
    }
    limits.refusedRecord(topic, bytes)
    const refused = { topic, partition, batch: one.item.batch, record: one.index }
    return { kind: 'failed', failure: { kind: 'aborted', cause, refused } }
  }
  const reason = reasonOf([...failures.values()])
  const [first] = out
  const what = `Records of a transaction could not be sent${first === undefined ? '' : ` (${first.topic} and others)`}`
  const failure = reason ?? { message: 'no reason was given', code: Number.NaN }
  return { kind: 'failed', failure: { ...failureOfStep(failure, what), isConsequence: isClearing(failure.code) } }
}
