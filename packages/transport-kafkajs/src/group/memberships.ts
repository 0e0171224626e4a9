import type { GroupHandle, TopicPartition } from '@stream/core/adapter'
import type { Membership } from './membership.ts'

/** The memberships that are open on one transport, for commits that are not made by their consumers. */
export class Memberships {
  private readonly open: Set<Membership> = new Set()

  add(membership: Membership): void {
    this.open.add(membership)
  }

  remove(membership: Membership): void {
    this.open.delete(membership)
  }

  /** The handle to show the broker for this one; another process' handle is shown as it is. */
  shown(handle: GroupHandle, places: readonly TopicPartition[]): GroupHandle {
    for (const membership of this.open) {
      const shown = membership.shown(handle, places)
      if (shown !== handle) return shown
    }
    return handle
  }

  /** Whether the broker refused `refused` only because the member is in a newer generation by now, with the same partitions. */
  async hasMoved(handle: GroupHandle, places: readonly TopicPartition[], refused: GroupHandle): Promise<boolean> {
    for (const membership of this.open) if (await membership.hasMoved(handle, places, refused)) return true
    return false
  }
}
