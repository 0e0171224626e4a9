/** How large a batch may be, by topic: a topic with a lower `max.message.bytes` than the batches we make is learned from its refusals. */
export class TopicLimits {
  private readonly usualBytes: number
  private readonly learned: Map<string, number> = new Map()

  constructor(usualBytes: number) {
    this.usualBytes = usualBytes
  }

  of(topic: string): number {
    return this.learned.get(topic) ?? this.usualBytes
  }

  /** A batch of several records of this size was refused. */
  refusedBatch(topic: string, bytes: number): void {
    this.learned.set(topic, Math.max(1, Math.floor(Math.min(bytes, this.of(topic)) / 2)))
  }

  /** A single record of this size was refused: batches up to there may do. */
  refusedRecord(topic: string, bytes: number): void {
    if (this.learned.has(topic)) this.learned.set(topic, Math.max(this.of(topic), Math.min(bytes - 1, this.usualBytes)))
  }
}
