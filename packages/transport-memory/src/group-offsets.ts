import type { CommittedOffset, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'

function keyOf(place: TopicPartition): string {
  return `${place.topic}/${place.partition}`
}

/** Committed positions of a group, and those of transactions that have not ended. */
export class GroupOffsets {
  readonly #committed: Map<string, TopicPartitionOffset> = new Map()
  readonly #pending: Map<number, Map<string, TopicPartitionOffset>> = new Map()
  #waiting: (() => void)[] = []

  get all(): readonly TopicPartitionOffset[] {
    return [...this.#committed.values()]
  }

  get allPending(): readonly { readonly producerId: number; readonly offsets: readonly TopicPartitionOffset[] }[] {
    return [...this.#pending].map(([producerId, offsets]) => ({ producerId, offsets: [...offsets.values()] }))
  }

  commit(offsets: readonly TopicPartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      this.#committed.set(keyOf({ topic, partition }), { topic, partition, offset })
    }
  }

  /** A topic is gone, and with it what was committed for it. */
  forgetTopic(topic: string): void {
    for (const [key, place] of this.#committed) if (place.topic === topic) this.#committed.delete(key)
  }

  /** Forgets everything that no open transaction is about. */
  expire(): void {
    const pending = new Set([...this.#pending.values()].flatMap((offsets) => [...offsets.keys()]))
    for (const key of this.#committed.keys()) if (!pending.has(key)) this.#committed.delete(key)
  }

  /** Offsets of a transaction: they count when it commits. */
  addPending(producerId: number, offsets: readonly TopicPartitionOffset[]): void {
    let pending = this.#pending.get(producerId)
    if (pending === undefined) this.#pending.set(producerId, (pending = new Map()))
    for (const { topic, partition, offset } of offsets) {
      pending.set(keyOf({ topic, partition }), { topic, partition, offset })
    }
  }

  endPending(producerId: number, committed: boolean): void {
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    this.#pending.delete(producerId)
    if (committed) this.commit([...pending.values()])
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Whether no transaction is pending on any of these (KIP-447). */
  isStable(partitions: readonly TopicPartition[]): boolean {
    if (this.#pending.size === 0) return true
    for (const pending of this.#pending.values()) {
      if (partitions.some((place) => pending.has(keyOf(place)))) return false
    }
    return true
  }

  /** Resolves when a transaction ends. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  fetch(partitions: readonly TopicPartition[]): readonly CommittedOffset[] {
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: this.#committed.get(keyOf({ topic, partition }))?.offset,
    }))
  }
}
