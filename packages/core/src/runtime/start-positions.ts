import { StreamError } from '../errors/index.ts'
import type { CommittedOffset, Reader } from '../transport/index.ts'

/** Where each source of a task begins: the committed offset, or what `offsetReset` says where there is none. By topic. */
export async function startPositions(
  committed: readonly CommittedOffset[],
  reader: Reader,
  offsetReset: 'earliest' | 'latest' | 'fail',
): Promise<ReadonlyMap<string, number>> {
  const positions = new Map<string, number>()
  const missing: CommittedOffset[] = []
  for (const entry of committed) {
    if (entry.offset === undefined) missing.push(entry)
    else positions.set(entry.topic, entry.offset)
  }
  if (missing.length === 0) return positions
  if (offsetReset === 'fail') {
    const { topic, partition } = missing[0]!
    throw new StreamError({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
      message: `The group has no committed offset for ${topic}-${partition}, and offsetReset is "fail". Set offsetReset to "earliest" or "latest", or commit an offset for the group first`,
      place: { topic, partition },
    })
  }
  const found =
    offsetReset === 'earliest' ? await reader.startOffsets(missing) : await reader.endOffsets(missing, 'read_committed')
  for (const { topic, offset } of found) positions.set(topic, offset)
  return positions
}
