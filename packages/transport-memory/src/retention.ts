import type { PartitionLog } from './partition-log.ts'
import type { Segment } from './segment.ts'
import type { TopicConfigs } from './topic-configs.ts'

/**
 * Drops old segments from the front, as `retention.ms` (by the newest timestamp in a segment) and `retention.bytes` say. The last
 * segment is closed and dropped, too, when all of it is too old. Nothing of an open transaction goes.
 */
export function retain(log: PartitionLog, configs: TopicConfigs, now: number): void {
  if (!configs.deleted) return
  const stable = log.stableEnd
  let sizeBytes = log.sizeBytes
  for (const segment of [...log.segments]) {
    if (segment.next > stable || segment.next === log.logStart) break
    const isTooOld = configs.retentionMs >= 0 && segment.maxTimestamp < now - configs.retentionMs
    const isTooMuch =
      configs.retentionBytes >= 0 && segment !== log.last && sizeBytes - segment.sizeBytes >= configs.retentionBytes
    if (!isTooOld && !isTooMuch) break
    sizeBytes -= segment.sizeBytes
    dropFirst(log, segment)
  }
}

function dropFirst(log: PartitionLog, segment: Segment): void {
  if (segment === log.last) log.roll()
  log.truncateBelow(segment.next)
}
