import {
  type CommittedOffset,
  type Fetched,
  type GroupConsumer,
  type GroupHandle,
  type GroupListener,
  type GroupOptions,
  StreamError,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { closed, fenced } from './broker-errors.ts'
import { FetchSession } from './fetch-session.ts'
import { GroupMembership } from './group-membership.ts'
import type { Link } from './link.ts'

/** One member of a consumer group on the embedded log. */
export class MemoryGroupConsumer implements GroupConsumer {
  readonly #link: Link
  readonly #options: GroupOptions
  readonly #fetch: FetchSession
  readonly membership: GroupMembership
  #failure: StreamError | undefined
  isClosed = false
  #closing: Promise<void> | undefined

  constructor(link: Link, options: GroupOptions, listener: GroupListener) {
    this.#link = link
    this.#options = options
    this.#fetch = new FetchSession(link, { ...options, manyPerPartition: false })
    this.membership = new GroupMembership(link, options, listener, this.#fetch, (error) => {
      this.#failure = error
      this.#fetch.interrupt()
    })
    this.membership.start()
  }

  async poll({ maxWaitMs }: { readonly maxWaitMs: number }): Promise<readonly Fetched[]> {
    this.#check()
    const fetched = await this.#link.whileAlive(this.#fetch.poll(maxWaitMs, () => this.membership.deliveredGeneration))
    if (this.#failure !== undefined) throw this.#failure
    return fetched
  }

  seek(positions: readonly TopicPartitionOffset[]): void {
    this.#fetch.seek(positions)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#fetch.setPaused(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#fetch.setPaused(partitions, false)
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    this.#check()
    const { groupId, sessionTimeoutMs } = this.#options
    const deadline = this.#link.clock.monotonicMs() + sessionTimeoutMs
    const { offsets } = this.#link.broker.group(groupId)
    for (;;) {
      const leftMs = deadline - this.#link.clock.monotonicMs()
      const found = await this.#link.whileAlive(
        this.#link.call({
          what: 'Reading committed offsets',
          timeoutMs: Math.max(0, leftMs),
          before: 'committed',
          detail: { groupId },
          request: () => (offsets.isStable(partitions) ? offsets.fetch(partitions) : undefined),
        }),
      )
      if (found !== undefined) return found
      if (leftMs <= 0) {
        throw new StreamError({
          code: 'STREAM_OFFSETS_UNSTABLE',
          message: `A transaction on offsets of group ${groupId} has been pending for ${sessionTimeoutMs} ms. Call again, or look for a worker that hangs in its commit.`,
          retryable: true,
          place: { groupId },
        })
      }
      await this.#link.within(leftMs, offsets.changed())
    }
  }

  async commit(offsets: readonly TopicPartitionOffset[], handle: GroupHandle): Promise<void> {
    this.#check()
    const { groupId, sessionTimeoutMs } = this.#options
    const group = this.#link.broker.group(groupId)
    for (;;) {
      const refusal = await this.#link.whileAlive(
        this.#link.call({
          what: 'A commit of offsets',
          timeoutMs: sessionTimeoutMs,
          before: 'offset-commit:before',
          after: 'offset-commit:after',
          detail: { groupId, memberId: handle.memberId },
          request: () => {
            const answer = group.checkCommit(this.membership.current(handle, offsets), false)
            if (answer !== undefined) return answer
            group.offsets.commit(offsets)
            group.committed(handle.memberId)
            return undefined
          },
        }),
      )
      if (refusal === undefined) return
      if (refusal !== 'rebalance_in_progress') {
        throw fenced(
          `Offsets of group ${groupId} were not committed: member ${handle.memberId} of generation ${handle.generation} is over (${refusal}). Drop what was done under it.`,
          { groupId, memberId: handle.memberId, generation: handle.generation },
        )
      }
      await this.#link.whileAlive(group.settled())
    }
  }

  sinceHeartbeatMs(): number {
    return this.membership.sinceHeartbeatMs
  }

  close({ leave }: { readonly leave: boolean }): Promise<void> {
    this.#closing ??= this.membership.close(leave).then(() => {
      this.isClosed = true
      this.#fetch.interrupt()
    })
    return this.#link.isDead ? Promise.resolve() : this.#closing
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw closed('This group consumer')
  }
}
