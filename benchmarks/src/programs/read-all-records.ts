import type { LogRecord } from '@stream/core/adapter'
import { type MemoryLog, memory } from '@stream/transport-memory'

const partitions = [0, 1, 2, 3]

/** Everything in a topic of an embedded log, in batches as a reader gets them. */
export async function readAllRecords(log: MemoryLog, topic: string): Promise<readonly (readonly LogRecord[])[]> {
  const transport = memory({ log })
  await transport.open({ log: () => undefined })
  const sizes = { maxPollBytes: 16 << 20, maxPartitionBytes: 256 << 10, fetchWaitMs: 0 }
  const reader = transport.reader({ isolation: 'read_committed', ...sizes })
  const all = partitions.map((partition) => ({ topic, partition }))
  const ends = await reader.endOffsets(all, 'read_uncommitted')
  let missing = ends.reduce((sum, { offset }) => sum + offset, 0)
  reader.assign(all.map((at) => ({ ...at, offset: 0 })))
  const batches: (readonly LogRecord[])[] = []
  while (missing > 0) {
    for (const { records } of await reader.poll({ maxWaitMs: 0 })) {
      batches.push(records)
      missing -= records.length
    }
  }
  await reader.close()
  await transport.close()
  return batches
}
