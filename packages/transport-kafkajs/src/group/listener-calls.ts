import {
  describeThrown,
  type GroupHandle,
  type GroupListener,
  sleep,
  systemClock,
  type TopicPartition,
} from '@stream/core/adapter'

/** The calls to a listener, one after the other. */
export class ListenerCalls {
  private readonly listener: GroupListener
  private readonly groupId: string
  private readonly log: (level: 'error', message: string) => void
  private pending: Promise<void> | undefined

  constructor(listener: GroupListener, groupId: string, log: (level: 'error', message: string) => void) {
    this.listener = listener
    this.groupId = groupId
    this.log = log
  }

  /** The call that is under way; undefined where there is none. */
  get underWay(): Promise<void> | undefined {
    return this.pending
  }

  /** Rejects with what the listener throws. */
  assign(partitions: readonly TopicPartition[], group: GroupHandle, userData: Uint8Array): Promise<void> {
    const call = (): Promise<void> =>
      userData.length > 0
        ? this.listener.onAssign(partitions, group, userData)
        : this.listener.onAssign(partitions, group)
    return this.noted(call())
  }

  /** True where the listener is done in time; what it throws is logged, since the partitions go all the same. */
  async revoke(partitions: readonly TopicPartition[], deadlineMs: number): Promise<boolean> {
    const revoked = this.noted(this.listener.onRevoke(partitions, { deadlineMs })).then(
      () => true,
      (error) => {
        this.log('error', `Giving up partitions of ${this.groupId} failed: ${describeThrown(error)}`)
        return true
      },
    )
    const done = new AbortController()
    const expired = sleep(systemClock, deadlineMs, done.signal).then(() => false)
    const isDone = await Promise.race([revoked, expired])
    done.abort()
    return isDone
  }

  /** At once, even where an `onRevoke` has not settled. A listener that throws keeps nothing from going on in order. */
  tell(call: (listener: GroupListener) => void): void {
    try {
      call(this.listener)
    } catch (error) {
      this.log('error', `A listener of ${this.groupId} failed: ${describeThrown(error)}`)
    }
  }

  private noted(call: Promise<void>): Promise<void> {
    const settled = call.then(
      () => {},
      () => {},
    )
    const pending = settled.then(() => {
      if (this.pending === pending) this.pending = undefined
    })
    this.pending = pending
    return call
  }
}
