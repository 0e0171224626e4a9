/** What a poll waits for: something to deliver, or a reason to return without. */
export class PollSignal {
  private isWoken = false
  private resolve: (() => void) | undefined

  /** There may be something to deliver. */
  notify(): void {
    this.resolve?.()
  }

  /** The poll under way, or the next one, returns at once. */
  wake(): void {
    this.isWoken = true
    this.resolve?.()
  }

  /** True where it is worth looking again; false at `untilMs` (monotonic) and once after a {@link PollSignal.wake}. */
  async wait(untilMs: number): Promise<boolean> {
    if (!this.isWoken) await this.notified(untilMs - performance.now())
    if (!this.isWoken) return performance.now() < untilMs
    this.isWoken = false
    return false
  }

  private notified(maxWaitMs: number): Promise<void> {
    if (maxWaitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.resolve = undefined
        resolve()
      }
      const timer = setTimeout(done, maxWaitMs)
      this.resolve = done
    })
  }
}
