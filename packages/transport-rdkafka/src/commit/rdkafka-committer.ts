import { type CommitRequest, type Committer, type OutBatch, type Outcome, StreamError } from '@stream/core/adapter'
import type { Members } from '../group/index.ts'
import {
  type ClientFailure,
  called,
  clientError,
  codes,
  connect,
  failureOf,
  forwardLog,
  isFencing,
  type NativeProducer,
  turnsOfTheLoop,
} from '../native/index.ts'
import { Rounds, type TopicLimits } from '../produce/index.ts'
import { fillTransaction } from './fill-transaction.ts'
import { failureOfStep, type TransactionFailure } from './transaction-failure.ts'

/** What {@link RdkafkaCommitter} is made of. */
export interface CommitterParts {
  /** A new client, not connected. */
  readonly create: () => NativeProducer
  readonly transactionalId: string
  readonly timeoutMs: number
  readonly byText: ReadonlyMap<string, number>
  readonly limits: TopicLimits
  readonly members: Members
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  readonly onClose: () => void
}

interface Session {
  readonly client: NativeProducer
  readonly rounds: Rounds
}

/** librdkafka takes it for what is left of the transaction's timeout, the only value it recommends. */
const untilTimeout = -1
/** A call may hold a thread of the process's pool for this long; then it is made again. */
const attemptMs = 1000

/** One transactional id: a transaction is opened, filled and ended by one call. Speaks the classic protocol of transactions. */
export class RdkafkaCommitter implements Committer {
  private readonly parts: CommitterParts
  private session: Session | undefined
  /** Connected, whatever state its transactions are in. */
  private client: NativeProducer | undefined
  private working: Promise<unknown> = Promise.resolve()
  private isClosed = false
  private closed: Promise<void> | undefined

  constructor(parts: CommitterParts) {
    this.parts = parts
  }

  init(): Promise<void> {
    return this.work(() => this.takeOver())
  }

  commit(request: CommitRequest): Promise<Outcome> {
    return this.work(() => this.commitOnce(request))
  }

  close(): Promise<void> {
    this.isClosed = true
    this.closed ??= this.working
      .catch(() => undefined)
      .then(() => this.disconnect())
      .then(() => this.parts.onClose())
    return this.closed
  }

  private work<T>(act: () => Promise<T>): Promise<T> {
    const work = this.working.catch(() => undefined).then(act)
    this.working = work
    return work
  }

  /** By a new client each time: librdkafka asks for a producer id and epoch only once in a client's life. */
  private async takeOver(): Promise<void> {
    const { create, byText, timeoutMs, log } = this.parts
    this.session = undefined
    await this.disconnect()
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      if (this.isClosed) throw this.error('STREAM_CLOSED', 'is closed')
      try {
        if (this.client === undefined) {
          const client = create()
          forwardLog(client, log)
          await connect(client, Math.min(attemptMs * 2, timeoutMs))
          this.client = client
        }
        const { client } = this
        await called((done) => client.initTransactions(attemptMs, done))
        this.session = { client, rounds: new Rounds(client, byText) }
        return
      } catch (thrown) {
        const failure = failureOf(thrown)
        const canWait = this.client === undefined || (failure.isRetriable === true && failure.isFatal !== true)
        if (canWait && performance.now() < deadlineMs) continue
        const error = clientError(failure, `Transactional id ${this.parts.transactionalId} was not given to us`)
        await this.disconnect()
        throw error
      }
    }
  }

  private async commitOnce(request: CommitRequest): Promise<Outcome> {
    const { session } = this
    if (this.isClosed) return { kind: 'aborted', cause: this.error('STREAM_CLOSED', 'is closed') }
    if (session === undefined) {
      return { kind: 'aborted', cause: this.error('STREAM_STATE_INVALID', 'is not initialised: call init() first') }
    }
    const isEmpty = request.offsets.length === 0 && request.out.every(({ records }) => records.length === 0)
    if (isEmpty) return { kind: 'committed' }
    // Until this one has ended well, only init() leads on.
    this.session = undefined
    try {
      const outcome = await this.transact(session, request)
      if (outcome.kind === 'committed') this.session = session
      return outcome
    } catch (cause) {
      return {
        kind: 'unknown',
        cause: StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'A transaction failed' }),
      }
    }
  }

  private async transact({ client, rounds }: Session, request: CommitRequest): Promise<Outcome> {
    let isBehindRefusal = false
    for (;;) {
      if (request.offsets.length > 0 && this.memberOf(request) === undefined) {
        return { kind: 'fenced', cause: this.groupIsOver(request) }
      }
      const begun = await this.step('was not opened', (done) => client.beginTransaction(done))
      if (begun !== undefined) return this.abort(client, begun)
      const filling = await this.fill(request.out, rounds)
      if (filling.kind !== 'filled') {
        const aborted = await this.abort(client, filling.failure)
        // librdkafka skips the sequence numbers of a refused batch, which the broker notices at the next one: the abort has mended that.
        const isMended = isBehindRefusal && filling.failure.isConsequence === true
        if (aborted.kind !== 'aborted' || (filling.kind === 'failed' && !isMended)) return aborted
        // The same again, after a refusal in smaller batches: nothing of this one is or will be visible.
        isBehindRefusal = filling.kind === 'smaller'
        await rounds.end()
        continue
      }
      const refusal = request.offsets.length === 0 ? undefined : await this.sendOffsets(client, request)
      if (refusal === undefined) return this.end(client)
      const aborted = await this.abort(client, refusal)
      if (!refusal.isPassing || aborted.kind !== refusal.kind) return aborted
      await this.untilNextGeneration(request)
    }
  }

  private async fill(out: readonly OutBatch[], rounds: Rounds): Promise<Awaited<ReturnType<typeof fillTransaction>>> {
    try {
      return await fillTransaction(out, rounds, this.parts.limits)
    } catch (thrown) {
      return { kind: 'failed', failure: failureOfStep(failureOf(thrown), 'Records of a transaction could not be sent') }
    }
  }

  /**
   * librdkafka sends the group's member id and generation of the moment when its own thread comes to it. They are the handle's: it is
   * looked at in the same turn as the call, no other generation can begin while the membership is held, and a membership that was lost
   * meanwhile (whose offsets brokers would take unfenced) is noticed before the transaction is committed.
   */
  private async sendOffsets(client: NativeProducer, request: CommitRequest): Promise<TransactionFailure | undefined> {
    const { offsets, group } = request
    const positions = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
    const deadlineMs = performance.now() + this.parts.timeoutMs
    const held = this.memberOf(request)
    const release = held?.hold()
    try {
      for (;;) {
        const member = this.memberOf(request)
        if (member === undefined) return { kind: 'fenced', cause: this.groupIsOver(request) }
        let failure: ClientFailure | undefined
        try {
          await called((done) => client.sendOffsetsToTransaction(positions, member.consumer, attemptMs, done))
        } catch (thrown) {
          failure = failureOf(thrown)
        }
        await turnsOfTheLoop()
        if (!member.isCurrent(group, offsets)) return { kind: 'fenced', cause: this.groupIsOver(request) }
        if (failure === undefined) return undefined
        const canRetry = failure.isRetriable === true && failure.isTxnRequiresAbort !== true && failure.isFatal !== true
        if (canRetry && performance.now() < deadlineMs) continue
        // Partitions that stay (KIP-429) pass into the next generation with the member; the broker may be there before it.
        const isPassing = failure.code === codes.illegalGeneration && performance.now() < deadlineMs
        return { ...failureOfStep(failure, 'The offsets were not taken'), isPassing: isPassing && member.staysOwner }
      }
    } finally {
      release?.()
    }
  }

  /** The answer of the group's coordinator to a join is on its way. */
  private async untilNextGeneration(request: CommitRequest): Promise<void> {
    await this.memberOf(request)?.nextGeneration()
  }

  private async end(client: NativeProducer): Promise<Outcome> {
    const deadlineMs = performance.now() + 2 * this.parts.timeoutMs
    for (;;) {
      try {
        await called((done) => client.commitTransaction(untilTimeout, done))
        return { kind: 'committed' }
      } catch (thrown) {
        const failure = failureOf(thrown)
        // It goes on in librdkafka; the next call waits for the same end, and never asks for another.
        if (failure.isRetriable === true && performance.now() < deadlineMs) continue
        const cause = clientError(failure, `The transaction of ${this.parts.transactionalId} was not committed`)
        if (failure.isTxnRequiresAbort === true)
          return this.abort(client, { kind: isFencing(failure.code) ? 'fenced' : 'aborted', cause })
        // An earlier attempt of librdkafka's own may have got through before this answer came.
        return { kind: 'unknown', cause: this.error('STREAM_OUTCOME_UNKNOWN', 'was to be committed', cause) }
      }
    }
  }

  /** Makes sure that nothing of it will ever be seen, before it says so. */
  private async abort(client: NativeProducer, failure: TransactionFailure): Promise<Outcome> {
    const { cause, refused } = failure
    const deadlineMs = performance.now() + this.parts.timeoutMs
    for (;;) {
      try {
        await called((done) => client.abortTransaction(untilTimeout, done))
        if (failure.kind === 'fenced') return { kind: 'fenced', cause }
        return refused === undefined ? { kind: 'aborted', cause } : { kind: 'aborted', cause, refused }
      } catch (thrown) {
        const trouble = failureOf(thrown)
        if (trouble.isRetriable === true && performance.now() < deadlineMs) continue
        // Whoever took the id over has ended it, and its end was never asked for here.
        if (failure.kind === 'fenced') return { kind: 'fenced', cause }
        if (isFencing(trouble.code)) {
          return {
            kind: 'fenced',
            cause: clientError(trouble, `Transactional id ${this.parts.transactionalId} was taken over`),
          }
        }
        return { kind: 'unknown', cause: this.error('STREAM_OUTCOME_UNKNOWN', 'could not be aborted', cause) }
      }
    }
  }

  private async step(what: string, call: (done: () => void) => unknown): Promise<TransactionFailure | undefined> {
    try {
      await called(call)
      return undefined
    } catch (thrown) {
      return failureOfStep(failureOf(thrown), `The transaction of ${this.parts.transactionalId} ${what}`)
    }
  }

  private memberOf({ group, offsets }: CommitRequest): ReturnType<Members['find']> {
    const member = this.parts.members.find(group)
    return member?.isCurrent(group, offsets) === true ? member : undefined
  }

  private groupIsOver({ group }: CommitRequest): StreamError {
    const { groupId, memberId, generation } = group
    return this.error(
      'STREAM_FENCED',
      `is refused: the membership of ${memberId} in generation ${generation} of ${groupId} is over`,
    )
  }

  private async disconnect(): Promise<void> {
    const { client } = this
    this.client = undefined
    if (client !== undefined) await called((done) => client.disconnect(1, done)).catch(() => undefined)
  }

  private error(code: StreamError['code'], what: string, cause?: unknown): StreamError {
    return new StreamError({
      code,
      message: `A transaction of ${this.parts.transactionalId} ${what}`,
      cause,
      place: { transactionalId: this.parts.transactionalId },
    })
  }
}
