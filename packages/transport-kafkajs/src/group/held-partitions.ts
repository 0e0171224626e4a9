import type { GroupHandle, TopicPartition } from '@stream/core/adapter'

/** A partition as a key of maps and sets. */
export function placeKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** What a member owns, since when, and under which generation the broker knows the member. */
export class HeldPartitions {
  private readonly held: Map<string, { readonly place: TopicPartition; readonly since: number }> = new Map()
  private member: GroupHandle | undefined

  get places(): readonly TopicPartition[] {
    return [...this.held.values()].map(({ place }) => place)
  }

  /** Takes in an assignment, and returns what is new of it. */
  take(partitions: readonly TopicPartition[], generation: number): readonly TopicPartition[] {
    const added = partitions.filter((place) => !this.held.has(placeKey(place)))
    for (const { topic, partition } of added) {
      this.held.set(placeKey({ topic, partition }), { place: { topic, partition }, since: generation })
    }
    return added
  }

  drop(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.held.delete(placeKey(place))
  }

  /** What is owned and not among these. */
  besides(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
    const stays = new Set(partitions.map(placeKey))
    return this.places.filter((place) => !stays.has(placeKey(place)))
  }

  /**
   * The broker knows the member under this generation now. False where a generation went by without it: others may have had its partitions
   * meanwhile.
   */
  joined(member: GroupHandle): boolean {
    const before = this.member
    this.member = member
    if (before === undefined) return true
    const step = member.generation - before.generation
    return before.memberId === member.memberId && (step === 0 || step === 1)
  }

  /** The broker does not know the member any more. */
  forget(): void {
    this.member = undefined
  }

  /**
   * The handle to show the broker. Partitions that are kept through a rebalance are worked on under the handle they were delivered with
   * while the broker is ahead; as long as they were this member's without a break, the newest generation stands for it. Any other handle
   * is shown as it is, and fenced.
   */
  shown(handle: GroupHandle, places: readonly TopicPartition[]): GroupHandle {
    const member = this.member
    if (member === undefined || member.memberId !== handle.memberId || member.generation <= handle.generation)
      return handle
    for (const place of places) {
      const since = this.held.get(placeKey(place))?.since
      if (since === undefined || since > handle.generation) return handle
    }
    return { ...handle, generation: member.generation }
  }
}
