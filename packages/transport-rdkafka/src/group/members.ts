import type { GroupHandle, TopicPartitionOffset } from '@stream/core/adapter'
import type { NativeConsumer } from '../native/index.ts'

/** A membership as committers see it. */
export interface Member {
  readonly consumer: NativeConsumer
  /** Partitions that stay pass from generation to generation without being given up (KIP-429). */
  readonly staysOwner: boolean
  /** Whether the handle is the one of now, and may commit these. */
  isCurrent(handle: GroupHandle, offsets: readonly TopicPartitionOffset[]): boolean
  /** Resolves when a join has been answered, or after a while in which none was. */
  nextGeneration(): Promise<void>
  /** Keeps librdkafka from joining another generation until the answer is called. */
  hold(): () => void
}

/**
 * The memberships of a transport, by member id. librdkafka sends the group's *current* member id and generation with offsets, and none at
 * all where the consumer has not joined, which brokers take unfenced: so a committer looks here first.
 */
export class Members {
  private readonly byId: Map<string, Member> = new Map()

  enter(memberId: string, member: Member): void {
    this.byId.set(memberId, member)
  }

  leave(member: Member): void {
    for (const [id, one] of this.byId) if (one === member) this.byId.delete(id)
  }

  find(handle: GroupHandle): Member | undefined {
    return this.byId.get(handle.memberId)
  }
}
