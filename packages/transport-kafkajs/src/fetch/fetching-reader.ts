import type { Fetched, Isolation, Reader, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import { FetchLoop } from './fetch-loop.ts'
import type { FetchLoopOptions } from './fetch-loop-options.ts'
import { listLogEdges } from './log-edges.ts'

/** Reads partitions without a group. */
export class FetchingReader implements Reader {
  private readonly options: FetchLoopOptions
  private readonly loop: FetchLoop
  private readonly closing: AbortController = new AbortController()

  constructor(options: FetchLoopOptions) {
    this.options = options
    this.loop = new FetchLoop(options)
  }

  assign(positions: readonly TopicPartitionOffset[]): void {
    this.loop.seek(positions, 0)
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.loop.forget(partitions)
  }

  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    return this.loop.poll(options.maxWaitMs)
  }

  startOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    return listLogEdges(this.options.cluster, partitions, 'start', 'read_uncommitted', this.closing.signal)
  }

  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<readonly TopicPartitionOffset[]> {
    return listLogEdges(this.options.cluster, partitions, 'end', isolation, this.closing.signal)
  }

  async close(): Promise<void> {
    this.closing.abort()
    this.loop.close()
    this.options.cluster.close()
  }
}
