/**
 * Since when the membership is known to be confirmed. librdkafka tells of a heartbeat when it sends it, and sends the next one only when
 * the one before was answered: so a second one confirms the first, as of the moment the first was sent. A line may be told late, above all
 * after the process has been stopped; it was written after the event loop's last turn, whose time is taken for it.
 */
export class Lease {
  private confirmedMs = Number.NEGATIVE_INFINITY
  private sentMs: number | undefined
  private turnMs: number = performance.now()
  private readonly ticking: NodeJS.Timeout

  constructor(heartbeatIntervalMs: number) {
    this.ticking = setInterval(
      () => {
        this.turnMs = performance.now()
      },
      Math.max(10, heartbeatIntervalMs / 4),
    )
    this.ticking.unref()
  }

  /** The broker answered just now, a join or a sync. */
  confirmed(): void {
    this.confirmedMs = Math.max(this.confirmedMs, this.turnMs)
    this.sentMs = undefined
  }

  heartbeatSent(): void {
    if (this.sentMs !== undefined) this.confirmedMs = Math.max(this.confirmedMs, this.sentMs)
    this.sentMs = this.turnMs
  }

  heartbeatFailed(): void {
    this.sentMs = undefined
  }

  over(): void {
    this.confirmedMs = Number.NEGATIVE_INFINITY
    this.sentMs = undefined
  }

  sinceMs(): number {
    return performance.now() - this.confirmedMs
  }

  stop(): void {
    clearInterval(this.ticking)
  }
}
