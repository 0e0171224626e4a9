import type {
  CommittedOffset,
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  GroupOptions,
  StreamError,
  TopicPartition,
  TopicPartitionOffset,
} from '@stream/core/adapter'
import type { Cluster } from '../connection/index.ts'
import { FetchLoop, type FetchLoopOptions } from '../fetch/index.ts'
import { GroupOffsets } from './group-offsets.ts'
import { placeKey } from './held-partitions.ts'
import { Membership } from './membership.ts'

/** What {@link KafkaGroupConsumer} is made of; the group and its fetches have connections of their own. */
export interface GroupConsumerOptions {
  readonly groupCluster: Cluster
  readonly group: GroupOptions
  readonly listener: GroupListener
  readonly fetch: FetchLoopOptions
  readonly onClose: (membership: Membership) => void
}

/** One member of a consumer group, its fetches and its offsets. */
export class KafkaGroupConsumer implements GroupConsumer {
  private readonly options: GroupConsumerOptions
  private readonly loop: FetchLoop
  readonly membership: Membership
  private readonly offsets: GroupOffsets
  private readonly closing: AbortController = new AbortController()
  private readonly ended: AbortController = new AbortController()
  private readonly owned: Set<string> = new Set()
  private generation = 0
  /** Counts what happened to the membership, so that a listener that settles too late changes nothing. */
  private turn = 0
  private closed: Promise<void> | undefined

  constructor(options: GroupConsumerOptions) {
    this.options = options
    const { groupCluster: cluster, group, fetch } = options
    this.loop = new FetchLoop(fetch)
    this.membership = new Membership({ cluster, group, listener: this.observed(options.listener), log: fetch.log })
    this.offsets = new GroupOffsets({
      cluster,
      groupId: group.groupId,
      stableWithinMs: group.sessionTimeoutMs,
      membership: this.membership,
      closing: this.closing.signal,
      closed: this.ended.signal,
    })
  }

  poll(options: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    return this.loop.poll(options.maxWaitMs)
  }

  seek(positions: readonly TopicPartitionOffset[]): void {
    this.loop.seek(
      positions.filter((one) => this.owned.has(placeKey(one))),
      this.generation,
    )
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.loop.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.loop.resume(partitions)
  }

  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    return this.offsets.committed(partitions)
  }

  commit(offsets: readonly TopicPartitionOffset[], group: GroupHandle): Promise<void> {
    return this.offsets.commit(offsets, group)
  }

  sinceHeartbeatMs(): number {
    return this.membership.sinceConfirmedMs()
  }

  close(options: { readonly leave: boolean }): Promise<void> {
    this.closed ??= this.end(options.leave)
    return this.closed
  }

  private async end(leave: boolean): Promise<void> {
    this.closing.abort()
    await this.membership.close(leave)
    this.ended.abort()
    this.options.onClose(this.membership)
    this.loop.close()
    this.options.groupCluster.close()
    this.options.fetch.cluster.close()
  }

  /** Keeps what is fetched in step with what is owned. */
  private observed(listener: GroupListener): GroupListener {
    return {
      onAssign: async (partitions, group, userData) => {
        for (const one of partitions) this.owned.add(placeKey(one))
        this.generation = group.generation
        const turn = this.begin(partitions)
        try {
          await (userData === undefined
            ? listener.onAssign(partitions, group)
            : listener.onAssign(partitions, group, userData))
        } finally {
          if (turn === this.turn) this.loop.release(partitions)
        }
      },
      onRevoke: async (partitions, options) => {
        const turn = this.begin(partitions)
        try {
          await listener.onRevoke(partitions, options)
        } finally {
          if (turn === this.turn) this.drop(partitions)
        }
      },
      onLost: (partitions) => {
        this.begin(partitions)
        this.drop(partitions)
        listener.onLost(partitions)
      },
      onError: (error: StreamError) => {
        this.loop.fail(error)
        listener.onError(error)
      },
    }
  }

  private begin(partitions: readonly TopicPartition[]): number {
    this.loop.hold(partitions)
    this.loop.wake()
    return ++this.turn
  }

  private drop(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.owned.delete(placeKey(one))
    this.loop.forget(partitions)
  }
}
