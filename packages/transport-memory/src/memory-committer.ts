import {
  type CommitRequest,
  type Committer,
  type CommitterOptions,
  type GroupHandle,
  type Outcome,
  type RefusedRecord,
  StreamError,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import { appendTimeOf, firstRefusal } from './append-batch.ts'
import { closed, fenced, refused } from './broker-errors.ts'
import type { Seam } from './faults.ts'
import type { Link } from './link.ts'
import type { Topic } from './topic.ts'
import type { ProducerIdentity } from './transaction-coordinator.ts'

/** The newest handle under which the broker knows the member of a handle that was delivered. */
export type CurrentHandle = (handle: GroupHandle, places: readonly TopicPartition[]) => GroupHandle

/** One commit under way. */
interface Attempt {
  readonly identity: ProducerIdentity
  /** The caller was told that the outcome is not known: what still happens is nobody's any more. */
  isGivenUp: boolean
  readonly giveUp: () => void
}

/** One transactional id on the embedded log: begin, append, offsets and end in one call. */
export class MemoryCommitter implements Committer {
  readonly #link: Link
  readonly #options: CommitterOptions
  readonly #current: CurrentHandle
  #identity: ProducerIdentity | undefined
  isClosed = false

  constructor(link: Link, options: CommitterOptions, current: CurrentHandle) {
    this.#link = link
    this.#options = options
    this.#current = current
  }

  async init(): Promise<void> {
    if (this.isClosed) throw closed('This committer')
    const { transactionalId, timeoutMs } = this.#options
    const { options, transactions } = this.#link.broker
    const { maxTransactionTimeoutMs } = options
    if (timeoutMs > maxTransactionTimeoutMs || timeoutMs <= 0) {
      throw refused(
        `Transactional id ${transactionalId} was refused: its timeout of ${timeoutMs} ms is not between 1 and ${maxTransactionTimeoutMs}. Change it.`,
        { transactionalId, timeoutMs },
      )
    }
    this.#identity = undefined
    this.#identity = await this.#link.whileAlive(
      this.#link.call({
        what: `The takeover of transactional id ${transactionalId}`,
        timeoutMs,
        before: 'init:before',
        after: 'init:after',
        detail: { transactionalId },
        request: () => transactions.init(transactionalId, timeoutMs),
      }),
    )
  }

  async commit(request: CommitRequest): Promise<Outcome> {
    const identity = this.#identity
    if (this.isClosed) return { kind: 'aborted', cause: closed('This committer') }
    if (identity === undefined) return { kind: 'aborted', cause: this.#notReady() }
    // Until the outcome is known to be good, the next transaction needs init() first.
    this.#identity = undefined
    return this.#link.whileAlive(
      new Promise<Outcome>((resolve, reject) => {
        const attempt = { identity, isGivenUp: false, giveUp: () => resolve(this.#unknown()) }
        this.#transaction(attempt, request).then(resolve, reject)
      }),
    )
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  async #transaction(attempt: Attempt, request: CommitRequest): Promise<Outcome> {
    const { identity } = attempt
    const { transactionalId, timeoutMs } = this.#options
    const { transactions } = this.#link.broker
    try {
      if (!this.#link.isDirect) await this.#link.reach('A transaction', timeoutMs)
      await transactions.settled(transactionalId)
    } catch (cause) {
      return {
        kind: 'aborted',
        cause: StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'A commit failed' }),
      }
    }
    let nextOffsets: readonly TopicPartitionOffset[] = []
    const stopped =
      (await this.#pass('commit:before-append', attempt)) ??
      this.#append(identity, request, (written) => {
        nextOffsets = written
      }) ??
      (await this.#pass('commit:after-append', attempt)) ??
      this.#addOffsets(identity, request) ??
      (await this.#pass('commit:after-offsets', attempt)) ??
      (await this.#pass('commit:before-end', attempt)) ??
      this.#fencedIdentity(identity)
    if (stopped !== undefined) return stopped
    const next = transactions.end(transactionalId, true)
    // The decision stands: whatever happens to the answer, it is not known to have failed.
    const verdict = await this.#meet('commit:after-end')
    if (verdict !== undefined) return this.#unknown()
    if (!attempt.isGivenUp) this.#identity = next
    return { kind: 'committed', nextOffsets }
  }

  /** A step of the commit where a fault may wait; what has happened there ends the transaction. */
  async #pass(seam: Seam, attempt: Attempt): Promise<Outcome | undefined> {
    if (!this.#link.broker.faults.armed(seam) && this.#link.isDirect) return undefined
    const verdict = await this.#meet(seam)
    if (verdict?.kind === 'lose-answer') return this.#unknown()
    if (verdict?.kind === 'fail') return this.#abort(attempt.identity, verdict.error)
    if (verdict?.kind === 'delay') {
      attempt.isGivenUp = true
      attempt.giveUp()
      await this.#link.pause(verdict.delayMs)
    }
    try {
      await this.#link.reach('A transaction', this.#options.timeoutMs)
    } catch {
      return this.#unknown()
    }
    return undefined
  }

  #meet(seam: Seam): ReturnType<Link['meet']> {
    return this.#link.meet(seam, { transactionalId: this.#options.transactionalId })
  }

  #append(
    identity: ProducerIdentity,
    { out }: CommitRequest,
    written: (offsets: readonly TopicPartitionOffset[]) => void,
  ): Outcome | undefined {
    const { broker } = this.#link
    const stopped = this.#fencedIdentity(identity)
    if (stopped !== undefined) return stopped
    const ends = new Map<string, TopicPartitionOffset>()
    for (const [batch, { topic, partition, records }] of out.entries()) {
      try {
        const target = broker.partition(topic, partition)
        const found = broker.topics.get(topic) as Topic
        const refusal = firstRefusal(found, partition, records, broker.clock.now())
        if (refusal !== undefined) {
          return this.#abort(identity, refusal.error, { topic, partition, batch, record: refusal.index })
        }
        if (records.length === 0) continue
        const { transactionalId } = this.#options
        const base = broker.transactions.append(transactionalId, target, records, appendTimeOf(found, broker))
        ends.set(`${topic}/${partition}`, { topic, partition, offset: base + records.length })
      } catch (cause) {
        return this.#abort(identity, StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'An append failed' }))
      }
    }
    written([...ends.values()])
    return undefined
  }

  #addOffsets(identity: ProducerIdentity, { offsets, group: handle }: CommitRequest): Outcome | undefined {
    if (offsets.length === 0) return undefined
    const stopped = this.#fencedIdentity(identity)
    if (stopped !== undefined) return stopped
    const { broker } = this.#link
    const { transactionalId } = this.#options
    const shown = this.#current(handle, offsets)
    const refusal = broker.transactions.addOffsets(transactionalId, broker.group(handle.groupId), shown, offsets)
    if (refusal === undefined) return undefined
    broker.transactions.end(transactionalId, false)
    const { groupId, memberId, generation } = handle
    return {
      kind: 'fenced',
      cause: fenced(
        `Transaction ${transactionalId} was aborted: member ${memberId} of generation ${generation} of group ${groupId} is over (${refusal}). Drop what was done under it.`,
        { transactionalId, groupId, memberId, generation },
      ),
    }
  }

  /** Ends the transaction without a trace for read-committed readers. */
  #abort(identity: ProducerIdentity, cause: StreamError, refused?: RefusedRecord): Outcome {
    const stopped = this.#fencedIdentity(identity)
    if (stopped !== undefined) return stopped
    this.#link.broker.transactions.end(this.#options.transactionalId, false)
    return refused === undefined ? { kind: 'aborted', cause } : { kind: 'aborted', cause, refused }
  }

  #fencedIdentity(identity: ProducerIdentity): Outcome | undefined {
    const { transactionalId, timeoutMs } = this.#options
    const refusal = this.#link.broker.transactions.check(transactionalId, identity)
    if (refusal === undefined) return undefined
    if (refusal === 'fenced') {
      return {
        kind: 'fenced',
        cause: fenced(
          `Transactional id ${transactionalId} was taken over by another worker. Drop what was not committed.`,
          {
            transactionalId,
          },
        ),
      }
    }
    return {
      kind: 'aborted',
      cause: new StreamError({
        code: 'STREAM_TRANSACTION_ABORTED',
        message: `Transaction ${transactionalId} was aborted: it was open for more than its timeout of ${timeoutMs} ms. Call init() and do it again.`,
        retryable: true,
        place: { transactionalId, timeoutMs },
      }),
    }
  }

  #unknown(): Outcome {
    const { transactionalId } = this.#options
    return {
      kind: 'unknown',
      cause: new StreamError({
        code: 'STREAM_OUTCOME_UNKNOWN',
        message: `The answer to the end of transaction ${transactionalId} was lost. Call init(), which decides it, and read the committed offsets.`,
        place: { transactionalId },
      }),
    }
  }

  #notReady(): StreamError {
    const { transactionalId } = this.#options
    return new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: `Committer ${transactionalId} has no epoch to commit with. Call init() first, and again after any outcome but committed.`,
      place: { transactionalId },
    })
  }
}
