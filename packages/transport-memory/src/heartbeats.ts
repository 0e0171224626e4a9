import type { Timer } from '@stream/core/adapter'
import type { Link } from './link.ts'

/** The heartbeats of a member: one per interval, and whenever the group nudges, while the process lives and reaches the log. */
export class Heartbeats {
  readonly #link: Link
  readonly #intervalMs: number
  readonly #detail: () => { readonly groupId: string; readonly memberId: string }
  readonly #send: () => void
  #timer: Timer | undefined
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(
    link: Link,
    intervalMs: number,
    detail: () => { readonly groupId: string; readonly memberId: string },
    send: () => void,
  ) {
    this.#link = link
    this.#intervalMs = intervalMs
    this.#detail = detail
    this.#send = send
  }

  /** Milliseconds since the broker last said that the member is alive; Infinity if it never did. */
  get sinceMs(): number {
    return this.#link.clock.monotonicMs() - this.#lastMs
  }

  /** The broker has just said that the member is alive. */
  confirm(): void {
    this.#lastMs = this.#link.clock.monotonicMs()
  }

  start(): void {
    this.#timer?.cancel()
    this.#timer = this.#link.clock.setTimer(this.#intervalMs, () => {
      this.start()
      this.beat()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** One heartbeat, now, if it can reach the log. */
  beat(): void {
    const { broker } = this.#link
    if (this.#link.isDead || this.#link.isStalled || !broker.isAvailable) return
    if (broker.faults.armed('heartbeat')) void this.#beatThroughSeam()
    else this.#send()
  }

  async #beatThroughSeam(): Promise<void> {
    const verdict = await this.#link.seam('heartbeat', this.#detail())
    if (verdict === undefined && !this.#link.isStalled && this.#link.broker.isAvailable) this.#send()
  }
}
