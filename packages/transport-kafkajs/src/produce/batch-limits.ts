/** Below this, halving would not help: what is refused then is a record. */
const leastBytes = 1024

/** How large a batch may be, per topic: brokers say `max.message.bytes` only by refusing what is larger. */
export class BatchLimits {
  private readonly batchBytes: number
  private readonly learned: Map<string, number> = new Map()

  constructor(batchBytes: number) {
    this.batchBytes = batchBytes
  }

  of(topic: string): number {
    return this.learned.get(topic) ?? this.batchBytes
  }

  /** A batch of that size was too large. */
  refused(topic: string, bytes: number): void {
    this.learned.set(topic, Math.max(leastBytes, Math.min(this.of(topic), bytes) / 2))
  }
}
