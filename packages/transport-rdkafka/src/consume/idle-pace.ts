/** Milliseconds between looks where nothing has come. */
const shortestMs = 1
const longestMs = 10

/**
 * How long to wait before the next look. A look takes no time of its own (its timeout is 0), so that consumers that wait never hold the
 * threads of the process's pool, which files and stores need too; and a record is seen within 10 ms of its arrival, within about 1 ms
 * where records keep coming.
 */
export class IdlePace {
  private nextMs = shortestMs

  /** Something came. */
  quicken(): void {
    this.nextMs = shortestMs
  }

  /** Nothing came; the pause to make. */
  pauseMs(): number {
    const pauseMs = Math.round(this.nextMs)
    this.nextMs = Math.min(longestMs, this.nextMs * 1.3)
    return pauseMs
  }
}
