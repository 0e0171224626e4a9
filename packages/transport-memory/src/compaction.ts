import type { LogRecord } from '@stream/core/adapter'
import type { PartitionLog } from './partition-log.ts'
import { Segment } from './segment.ts'
import type { TopicConfigs } from './topic-configs.ts'

function keyOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

/** Up to where a pass may go: never past the last stable offset, nor into what is younger than the configured lag. */
function cleanableEnd(log: PartitionLog, configs: TopicConfigs, now: number): number {
  const stable = log.stableEnd
  if (configs.minCompactionLagMs === 0) return stable
  const youngest = now - configs.minCompactionLagMs
  for (const segment of log.segments) {
    if (segment.maxTimestamp <= youngest) continue
    for (const record of segment.records) if (record.timestamp > youngest) return Math.min(stable, record.offset)
  }
  return stable
}

/** Whether enough has been written since the last pass, or a tombstone has served its time. */
export function wantsCompaction(log: PartitionLog, configs: TopicConfigs, now: number): boolean {
  const end = cleanableEnd(log, configs, now)
  let total = 0
  let dirty = 0
  for (const segment of log.segments) {
    total += segment.records.length
    if (segment.next > log.cleanedTo && segment.base < end)
      dirty += segment.indexOf(end) - segment.indexOf(log.cleanedTo)
  }
  if (dirty > 0 && dirty >= total * configs.minCleanableDirtyRatio) return true
  for (const horizon of log.tombstoneHorizons.values()) if (horizon <= now) return true
  return false
}

/**
 * One pass of the log cleaner: of every key only the last record stays, records of aborted transactions go, and a tombstone goes
 * `delete.retention.ms` after the first pass that saw it (KIP-534). Offsets stay as they are, so holes are left. Returns how many
 * records went.
 */
export function compact(log: PartitionLog, configs: TopicConfigs, now: number): number {
  const end = cleanableEnd(log, configs, now)
  if (end <= log.logStart) return 0
  const before = log.recordCount
  const lastOffsets = new Map<string, number>()
  for (const segment of log.segments) {
    if (segment.base >= end) break
    for (const record of segment.records) {
      if (record.offset >= end) break
      if (record.key !== null && !log.aborted.has(record.offset)) lastOffsets.set(keyOf(record.key), record.offset)
    }
  }
  const stays = (record: LogRecord): boolean => {
    if (record.offset >= end) return true
    if (record.key === null || log.aborted.has(record.offset)) return false
    if (lastOffsets.get(keyOf(record.key)) !== record.offset) return false
    if (record.value !== null) return true
    const horizon = log.tombstoneHorizons.get(record.offset)
    if (horizon === undefined) log.tombstoneHorizons.set(record.offset, now + configs.deleteRetentionMs)
    return horizon === undefined || horizon > now
  }
  log.segments = rewritten(log.segments, stays)
  const left = new Set<number>()
  for (const segment of log.segments)
    for (const record of segment.records) if (record.value === null) left.add(record.offset)
  for (const offset of log.tombstoneHorizons.keys()) if (!left.has(offset)) log.tombstoneHorizons.delete(offset)
  log.aborted.dropBelow(end)
  log.cleanedTo = end
  const gone = before - log.recordCount
  if (gone > 0) log.notify()
  return gone
}

/** The same log without the records that do not stay; small neighbours are put together. */
function rewritten(segments: readonly Segment[], stays: (record: LogRecord) => boolean): Segment[] {
  let current = new Segment((segments[0] as Segment).base)
  const result = [current]
  for (const segment of segments) {
    if (current.isFull) result.push((current = new Segment(segment.base)))
    for (let i = 0; i < segment.records.length; i += 1) {
      const record = segment.records[i] as LogRecord
      if (!stays(record)) continue
      if (current.isFull) result.push((current = new Segment(current.next)))
      current.push(record, segment.bytesBetween(i, i + 1))
    }
    current.next = segment.next
    current.maxTimestamp = Math.max(current.maxTimestamp, segment.maxTimestamp)
  }
  return result
}
