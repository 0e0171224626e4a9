import type { LogRecord, TopicPartitionOffset } from '@stream/core/adapter'
import type { Broker } from './broker.ts'
import type { OffsetRange } from './offset-ranges.ts'
import type { PartitionLog } from './partition-log.ts'
import { payloadBytes } from './record-size.ts'
import { Segment } from './segment.ts'

interface SegmentState {
  readonly base: number
  readonly next: number
  readonly count: number
  /** Absent where the segment never had a record. */
  readonly maxTimestamp?: number
}

interface PartitionState {
  readonly logStart: number
  readonly cleanedTo: number
  readonly segments: readonly SegmentState[]
  readonly open: readonly { readonly producerId: number; readonly ranges: readonly OffsetRange[] }[]
  readonly aborted: readonly OffsetRange[]
  readonly tombstones: readonly (readonly [offset: number, horizonMs: number])[]
}

/** All that a log holds, without the records themselves. */
export interface LogState {
  readonly topics: readonly {
    readonly name: string
    readonly configs: Readonly<Record<string, string>>
    readonly partitions: readonly PartitionState[]
  }[]
  readonly groups: readonly {
    readonly groupId: string
    readonly generation: number
    /** Absent while the group has members. */
    readonly emptySinceMs?: number
    readonly offsets: readonly TopicPartitionOffset[]
    readonly pending: readonly { readonly producerId: number; readonly offsets: readonly TopicPartitionOffset[] }[]
  }[]
  readonly transactions: readonly {
    readonly transactionalId: string
    readonly producerId: number
    readonly epoch: number
    readonly timeoutMs: number
    /** Decided as committed, markers outstanding. */
    readonly isCommitting: boolean
  }[]
}

function partitionState(log: PartitionLog): PartitionState {
  return {
    logStart: log.logStart,
    cleanedTo: log.cleanedTo,
    segments: log.segments.map(({ base, next, records, maxTimestamp }) => ({
      base,
      next,
      count: records.length,
      ...(Number.isFinite(maxTimestamp) ? { maxTimestamp } : {}),
    })),
    open: [...log.open].map(([producerId, { ranges }]) => ({ producerId, ranges })),
    aborted: log.aborted.all,
    tombstones: [...log.tombstoneHorizons],
  }
}

/** What a log holds at this moment. */
export function stateOf(broker: Broker): LogState {
  return {
    topics: [...broker.topics.values()].map((topic) => ({
      name: topic.name,
      configs: topic.given,
      partitions: topic.partitions.map(partitionState),
    })),
    groups: [...broker.groups.values()].map(({ groupId, generation, emptySinceMs, offsets }) => ({
      groupId,
      generation,
      ...(emptySinceMs === undefined ? {} : { emptySinceMs }),
      offsets: offsets.all,
      pending: offsets.allPending,
    })),
    transactions: [...broker.transactions.states.values()].map(
      ({ transactionalId, producerId, epoch, timeoutMs, ending }) => ({
        transactionalId,
        producerId,
        epoch,
        timeoutMs,
        isCommitting: ending?.committed === true,
      }),
    ),
  }
}

/** All records of a log, in the order of its {@link stateOf}. */
export function recordsOf(broker: Broker): readonly LogRecord[] {
  const result: LogRecord[] = []
  for (const topic of broker.topics.values()) {
    for (const partition of topic.partitions) {
      for (const segment of partition.segments) for (const record of segment.records) result.push(record)
    }
  }
  return result
}

function restorePartition(log: PartitionLog, state: PartitionState, records: Iterator<LogRecord>): void {
  log.logStart = state.logStart
  log.cleanedTo = state.cleanedTo
  log.segments = state.segments.map(({ base, next, count, maxTimestamp }) => {
    const segment = new Segment(base)
    for (let i = 0; i < count; i += 1) {
      const record = records.next().value as LogRecord
      segment.push(record, payloadBytes(record))
    }
    segment.next = next
    segment.maxTimestamp = maxTimestamp ?? Number.NEGATIVE_INFINITY
    return segment
  })
  log.aborted.add(state.aborted)
  for (const [offset, horizonMs] of state.tombstones) log.tombstoneHorizons.set(offset, horizonMs)
  for (const { producerId, ranges } of state.open) {
    log.open.set(producerId, {
      firstOffset: (ranges[0] as OffsetRange).from,
      ranges: ranges.map((range) => ({ ...range })),
    })
  }
}

/**
 * Puts a state into an empty log, as a cluster comes back whose clients are all gone: transactions that were decided end as decided,
 * the others are aborted; groups keep their offsets and generations, and have no members.
 */
export function restore(broker: Broker, state: LogState, records: readonly LogRecord[]): void {
  const committing = new Set(state.transactions.filter((one) => one.isCommitting).map((one) => one.producerId))
  const source = records[Symbol.iterator]()
  for (const { name, configs, partitions } of state.topics) {
    broker.createTopic({ name, configs, partitions: partitions.length })
    partitions.forEach((partition, index) => {
      const target = broker.partition(name, index)
      restorePartition(target, partition, source)
      for (const { producerId } of partition.open)
        target.endTransaction(producerId, committing.has(producerId), broker.clock.now())
    })
  }
  for (const { groupId, generation, emptySinceMs, offsets, pending } of state.groups) {
    const group = broker.group(groupId)
    group.generation = generation
    group.emptySinceMs = emptySinceMs ?? group.emptySinceMs
    group.offsets.commit(offsets)
    for (const one of pending) if (committing.has(one.producerId)) group.offsets.commit(one.offsets)
  }
  for (const { transactionalId, producerId, epoch, timeoutMs } of state.transactions) {
    broker.transactions.restore(transactionalId, producerId, epoch, timeoutMs)
  }
}
