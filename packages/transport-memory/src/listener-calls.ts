import type { GroupHandle, GroupListener, StreamError, TopicPartition } from '@stream/core/adapter'
import type { Link } from './link.ts'

/** The calls to a listener, one after the other: the next one waits for the promise of the one before. */
export class ListenerCalls {
  readonly #listener: GroupListener
  readonly #link: Link
  #tail: Promise<void> = Promise.resolve()

  constructor(listener: GroupListener, link: Link) {
    this.#listener = listener
    this.#link = link
  }

  assign(partitions: readonly TopicPartition[], group: GroupHandle, userData: Uint8Array | undefined): Promise<void> {
    return this.#next('onAssign', () => this.#listener.onAssign(partitions, group, userData))
  }

  /** Resolves with whether the listener was done before the deadline. */
  revoke(partitions: readonly TopicPartition[], deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      let forget = (): void => {}
      const timer = this.#link.clock.setTimer(deadlineMs, () => {
        forget()
        resolve(false)
      })
      forget = this.#link.onDeath(() => timer.cancel())
      void this.#next('onRevoke', () => this.#listener.onRevoke(partitions, { deadlineMs })).then(() => {
        timer.cancel()
        forget()
        resolve(true)
      })
    })
  }

  /** At once, even if an `onRevoke` whose deadline is over has not answered yet. */
  lost(partitions: readonly TopicPartition[]): void {
    if (!this.#link.isDead) this.#guard('onLost', () => this.#listener.onLost(partitions))
  }

  failed(error: StreamError): void {
    if (!this.#link.isDead) this.#guard('onError', () => this.#listener.onError(error))
  }

  /** Resolves when no call is under way. */
  idle(): Promise<void> {
    return this.#tail
  }

  #next(name: string, call: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (this.#link.isDead) return new Promise<void>(() => {})
      try {
        await call()
      } catch (cause) {
        this.#link.report('error', `The group listener's ${name} failed: ${String(cause)}`)
      }
    })
    return this.#tail
  }

  #guard(name: string, call: () => void): void {
    try {
      call()
    } catch (cause) {
      this.#link.report('error', `The group listener's ${name} failed: ${String(cause)}`)
    }
  }
}
