import type { Reader, TopicPartition, Transport } from '@stream/core/adapter'
import { expect } from 'vitest'
import type { Cluster } from '../src/cluster/index.ts'
import { until } from './until.ts'

/** What {@link judgeEnds} looks at. */
export interface JudgedEnds {
  readonly groupId: string
  readonly input: string
  readonly repartition: string
  readonly others: readonly string[]
  readonly partitions: number
}

/** Offsets are committed up to the end of what was read, and no transaction hangs anywhere. Nobody may be in the group any more. */
export async function judgeEnds(transport: Transport, cluster: Cluster, judged: JudgedEnds): Promise<void> {
  const reader = transport.reader({
    isolation: 'read_committed',
    maxPollBytes: 16 << 20,
    maxPartitionBytes: 4 << 20,
    fetchWaitMs: 100,
  })
  try {
    await judgeTransactions(reader, judged)
    const ends = await reader.endOffsets(partitionsOf(judged.input, judged.partitions), 'read_committed')
    const committed = await cluster.committed(judged.groupId, judged.input)
    expect(committed, 'committed offsets of the input').toEqual(inOrder(ends))
    const behind = await cluster.committed(judged.groupId, judged.repartition)
    const left = (await cluster.read(judged.repartition)).filter(
      ({ partition, offset }) => offset >= (behind[partition] ?? 0),
    )
    expect(left.length, 'records of the repartition topic that are not committed').toBe(0)
  } finally {
    await reader.close()
  }
}

/** Markers are written after the answer to a commit; a transaction that hangs has none for good. */
async function judgeTransactions(reader: Reader, judged: JudgedEnds): Promise<void> {
  const topics = [judged.input, judged.repartition, ...judged.others]
  const all = topics.flatMap((topic) => partitionsOf(topic, judged.partitions))
  await until('read-committed and read-uncommitted ends agree', async () => {
    const [stable, end] = [
      await reader.endOffsets(all, 'read_committed'),
      await reader.endOffsets(all, 'read_uncommitted'),
    ].map((offsets) => new Map(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset])))
    return end!.size === all.length && [...end!].every(([name, offset]) => stable!.get(name) === offset)
  })
}

function partitionsOf(topic: string, partitions: number): TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
}

function inOrder(offsets: readonly { readonly partition: number; readonly offset: number }[]): number[] {
  return offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
}
