import {
  type CommitRequest,
  type Committer,
  type ErrorPlace,
  type GroupHandle,
  type OutBatch,
  type Outcome,
  StreamError,
  sleep,
  systemClock,
} from '@stream/core/adapter'
import { type AclOperation, brokerCodes, brokerError, type Cluster, isFencingCode } from '../connection/index.ts'
import type { Memberships } from '../group/index.ts'
import { type Appended, ProduceEngine } from '../produce/index.ts'
import type { CodecLookup, Compression } from '../records/index.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  type IdentityAnswer,
  initProducerId,
  type PartitionError,
  type ProducerIdentity,
  type TransactionIdentity,
  txnOffsetCommit,
} from '../requests/index.ts'
import { type CallResult, CoordinatedCalls, gravestCode } from './coordinated-calls.ts'
import { failureOfCode, type TransactionFailure } from './transaction-failure.ts'

/** `auto` speaks KIP-890's protocol where the broker has it; `classic` never does. */
export type TransactionProtocol = 'auto' | 'classic'

/** What {@link KafkaCommitter} is made of. */
export interface KafkaCommitterOptions {
  readonly cluster: Cluster
  readonly transactionalId: string
  readonly timeoutMs: number
  readonly protocol: TransactionProtocol
  /** Of the same transport: a cut may fall into a rebalance that its partitions survive. */
  readonly memberships: Memberships
  readonly compression: Compression
  readonly codec: CodecLookup
  readonly batchBytes: number
  readonly ackTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/** `transaction.version` from which a transaction's epoch is its own (KIP-890). */
const epochPerTransaction = 2

/** One transactional id: a transaction is opened, filled and ended by one call. */
export class KafkaCommitter implements Committer {
  private readonly options: KafkaCommitterOptions
  private readonly engine: ProduceEngine
  private readonly calls: CoordinatedCalls
  private readonly closing: AbortController = new AbortController()
  private identity: ProducerIdentity | undefined
  private isClassic = false

  constructor(options: KafkaCommitterOptions) {
    this.options = options
    this.engine = new ProduceEngine(options)
    this.calls = new CoordinatedCalls(options.cluster, this.closing.signal, options.log)
  }

  async init(): Promise<void> {
    const { transactionalId, timeoutMs, protocol, cluster } = this.options
    this.identity = undefined
    this.engine.drop(this.error('STREAM_TRANSACTION_ABORTED', 'was given up'))
    const deadlineMs = performance.now() + timeoutMs
    const { answer, code, lastError } = await this.calls.call(
      { kind: 'transaction', key: transactionalId, deadlineMs },
      () => initProducerId(transactionalId, timeoutMs),
      (one) => one.error,
    )
    if (answer === undefined) throw this.unreachable('was not initialised', code, lastError)
    if (code !== brokerCodes.none)
      throw brokerError(code, `Transactional id ${transactionalId} was not given to us`, this.place())
    this.calls.hasStray = false
    const { features } = await cluster.features()
    this.isClassic = protocol === 'classic' || (features.get('transaction.version') ?? 0) < epochPerTransaction
    this.use(answer, false)
  }

  async commit(request: CommitRequest): Promise<Outcome> {
    const identity = this.identity
    if (identity === undefined) {
      return { kind: 'aborted', cause: this.error('STREAM_STATE_INVALID', 'is not initialised: call init() first') }
    }
    const out = request.out.filter((batch) => batch.records.length > 0)
    if (out.length === 0 && request.offsets.length === 0) return { kind: 'committed', nextOffsets: [] }
    // Until this one has ended well, only init() leads on.
    this.identity = undefined
    try {
      if (!this.isClassic || !this.calls.hasStray) return await this.transact(identity, request, out)
      const renewed = await this.renew(identity)
      return 'kind' in renewed ? renewed : await this.transact(renewed, request, out)
    } catch (cause) {
      const failed = StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'A transaction failed' })
      return { kind: 'unknown', cause: failed }
    }
  }

  async close(): Promise<void> {
    this.closing.abort()
    this.engine.close()
    this.options.cluster.close()
  }

  private async transact(identity: ProducerIdentity, request: CommitRequest, out: OutBatch[]): Promise<Outcome> {
    const id: TransactionIdentity = { ...identity, transactionalId: this.options.transactionalId }
    const startedMs = performance.now()
    const deadlineMs = startedMs + this.options.timeoutMs
    const appended: Appended[] = []
    let failure: TransactionFailure | undefined
    try {
      failure = await this.fill(id, request, out, deadlineMs, appended)
    } catch (cause) {
      const failed = StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'A transaction could not be filled' })
      failure = { kind: 'aborted', cause: failed, isProducerOver: false }
    }
    if (failure !== undefined) return this.abort(id, this.judged(failure, startedMs))
    const ended = await this.end(id, true, deadlineMs + this.options.timeoutMs)
    if (ended.code === brokerCodes.none && ended.answer !== undefined) {
      this.use(ended.answer, this.isClassic)
      return { kind: 'committed', nextOffsets: nextOffsets(appended) }
    }
    return this.notCommitted(id, ended, startedMs)
  }

  /**
   * In the classic protocol all transactions of an epoch take a request that comes late for their own: it would end one in its middle,
   * or move its offsets back. So an epoch ends with the transaction in which a request went unanswered (KIP-360).
   */
  private async renew(identity: ProducerIdentity): Promise<ProducerIdentity | Outcome> {
    const { transactionalId, timeoutMs } = this.options
    const { answer, code, lastError } = await this.calls.call(
      { kind: 'transaction', key: transactionalId, deadlineMs: performance.now() + timeoutMs },
      () => initProducerId(transactionalId, timeoutMs, identity),
      (one) => one.error,
    )
    if (answer === undefined) return { kind: 'aborted', cause: this.unreachable('got no new epoch', code, lastError) }
    if (code !== brokerCodes.none) {
      const cause = brokerError(code, `Transactional id ${transactionalId} got no new epoch`, this.place())
      return { kind: isFencingCode(code) ? 'fenced' : 'aborted', cause }
    }
    this.calls.hasStray = false
    this.use(answer, false)
    this.identity = undefined
    return answer
  }

  /** Everything but the end; the failure of the first step that fails. */
  private async fill(
    id: TransactionIdentity,
    request: CommitRequest,
    out: OutBatch[],
    deadlineMs: number,
    appended: Appended[],
  ): Promise<TransactionFailure | undefined> {
    if (this.isClassic && out.length > 0) {
      const partitions = [...new Map(out.map((batch) => [`${batch.topic}/${batch.partition}`, batch])).values()]
      const target = { kind: 'transaction', key: this.options.transactionalId, deadlineMs } as const
      const added = await this.calls.call(target, () => addPartitionsToTxn(id, partitions), gravestCode)
      const failure = this.failureOf(added, 'The transaction was not opened', 'Write', firstOf(added))
      if (failure !== undefined) return failure
    }
    if (out.length > 0) {
      appended.push(...(await this.engine.append(out, deadlineMs)))
      const refused = this.firstRefused(appended, out, request)
      if (refused !== undefined) return refused
    }
    if (request.offsets.length === 0) return undefined
    if (this.isClassic) {
      const target = { kind: 'transaction', key: this.options.transactionalId, deadlineMs } as const
      const make = () => addOffsetsToTxn(id, request.group.groupId)
      const added = await this.calls.call(target, make, (code) => code)
      const failure = this.failureOf(added, 'The transaction was not opened', 'Read', { group: request.group.groupId })
      if (failure !== undefined) return failure
    }
    return this.addOffsets(id, request, deadlineMs)
  }

  private async addOffsets(
    id: TransactionIdentity,
    { group, offsets }: CommitRequest,
    deadlineMs: number,
  ): Promise<TransactionFailure | undefined> {
    const { memberships } = this.options
    const version = this.isClassic ? 3 : 5
    const target = { kind: 'group', key: group.groupId, deadlineMs } as const
    let shown: GroupHandle
    let taken: CallResult<readonly PartitionError[]>
    do {
      shown = memberships.shown(group, offsets)
      taken = await this.calls.call(target, () => txnOffsetCommit(version, id, shown, offsets), gravestCode)
    } while (taken.code === brokerCodes.illegalGeneration && (await this.hasMoved(group, offsets, shown, deadlineMs)))
    return this.failureOf(taken, 'The offsets were not taken', 'Read', { group: group.groupId, ...firstOf(taken) })
  }

  /** A member that joins anew has its new generation at the broker a moment before it knows. */
  private async hasMoved(
    group: GroupHandle,
    offsets: CommitRequest['offsets'],
    shown: GroupHandle,
    deadlineMs: number,
  ): Promise<boolean> {
    const over = new AbortController()
    const expired = sleep(systemClock, Math.max(0, deadlineMs - performance.now()), over.signal).then(() => false)
    const hasMoved = await Promise.race([this.options.memberships.hasMoved(group, offsets, shown), expired])
    over.abort()
    return hasMoved && !this.closing.signal.aborted
  }

  private failureOf(
    { answer, code, lastError }: CallResult<unknown>,
    what: string,
    needs: AclOperation,
    place: ErrorPlace,
  ): TransactionFailure | undefined {
    if (answer === undefined) {
      return { kind: 'aborted', cause: this.unreachable('was not filled', code, lastError), isProducerOver: false }
    }
    if (code === brokerCodes.none) return undefined
    return failureOfCode(brokerError(code, what, { ...place, ...this.place() }, { needs }), code)
  }

  private firstRefused(
    appended: readonly Appended[],
    out: OutBatch[],
    request: CommitRequest,
  ): TransactionFailure | undefined {
    for (const [index, result] of appended.entries()) {
      const [refused] = result.refused
      if (refused !== undefined) {
        const { topic, partition } = result
        const batch = request.out.indexOf(out[index] as OutBatch)
        const cause = refused.error
        return {
          kind: 'aborted',
          cause,
          isProducerOver: false,
          refused: { topic, partition, batch, record: refused.index },
        }
      }
      if (result.error === undefined) continue
      const code = result.error.place.brokerCode
      return failureOfCode(result.error, typeof code === 'number' ? code : -1)
    }
    return undefined
  }

  /** Makes sure that nothing of it will ever be seen, before it says so. */
  private async abort(id: TransactionIdentity, failure: TransactionFailure): Promise<Outcome> {
    this.engine.drop(failure.cause)
    const { kind, cause, refused } = failure
    const outcome: Outcome = kind === 'fenced' || refused === undefined ? { kind, cause } : { kind, cause, refused }
    if (failure.isProducerOver) return outcome
    const { answer, code } = await this.end(id, false, performance.now() + this.options.timeoutMs)
    // 48 says that there was nothing to abort, or that the broker did it already when the timeout was over.
    if (answer !== undefined && (code === brokerCodes.none || code === brokerCodes.invalidTransactionState))
      return outcome
    if (answer !== undefined && isFencingCode(code)) return outcome
    return { kind: 'unknown', cause: this.error('STREAM_OUTCOME_UNKNOWN', 'could not be aborted in time', cause) }
  }

  private async notCommitted(id: TransactionIdentity, ended: CallResult<unknown>, startedMs: number): Promise<Outcome> {
    const { answer, code, isUnsure, lastError } = ended
    if (answer === undefined) {
      const cause = this.error('STREAM_OUTCOME_UNKNOWN', 'was to be committed, and no answer came', lastError)
      return { kind: 'unknown', cause }
    }
    const cause = brokerError(
      code,
      `The transaction of ${this.options.transactionalId} was not committed`,
      this.place(),
    )
    if (code === brokerCodes.invalidTransactionState) return { kind: 'aborted', cause }
    if (isFencingCode(code)) {
      // An earlier attempt may have got through before the id was taken over.
      if (isUnsure) {
        const lost = this.error('STREAM_OUTCOME_UNKNOWN', 'was to be committed when the id was taken over', cause)
        return { kind: 'unknown', cause: lost }
      }
      return this.abort(id, this.judged({ kind: 'fenced', cause, isProducerOver: true }, startedMs))
    }
    return this.abort(id, { kind: 'aborted', cause, isProducerOver: false })
  }

  private end(id: TransactionIdentity, commit: boolean, deadlineMs: number): Promise<CallResult<IdentityAnswer>> {
    const target = { kind: 'transaction', key: this.options.transactionalId, deadlineMs } as const
    const version = this.isClassic ? 3 : 5
    return this.calls.call(
      target,
      () => endTxn(version, id, commit),
      (one) => one.error,
    )
  }

  private use(identity: ProducerIdentity, keepSequences: boolean): void {
    this.identity = { producerId: identity.producerId, producerEpoch: identity.producerEpoch }
    this.engine.use(this.identity, this.isClassic ? 11 : 12, keepSequences)
  }

  /** The broker ends a transaction that takes too long in the same way as one whose id was taken over. */
  private judged(failure: TransactionFailure, startedMs: number): TransactionFailure {
    if (failure.kind !== 'fenced' || !failure.isProducerOver) return failure
    const { timeoutMs } = this.options
    if (performance.now() - startedMs < timeoutMs) return failure
    const cause = this.error(
      'STREAM_TRANSACTION_ABORTED',
      `took longer than its timeout of ${timeoutMs} ms`,
      failure.cause,
    )
    return { ...failure, kind: 'aborted', cause }
  }

  private unreachable(what: string, code: number, lastError: StreamError | undefined): StreamError {
    if (lastError !== undefined) return lastError
    return brokerError(
      code === 0 ? brokerCodes.requestTimedOut : code,
      `Transactional id ${this.options.transactionalId} ${what}`,
    )
  }

  private error(code: StreamError['code'], what: string, cause?: unknown): StreamError {
    return new StreamError({
      code,
      message: `The transaction of ${this.options.transactionalId} ${what}`,
      place: this.place(),
      ...(cause === undefined ? {} : { cause }),
    })
  }

  private place(): { transactionalId: string } {
    return { transactionalId: this.options.transactionalId }
  }
}

/** The partition that the deciding code of an answer is about. */
function firstOf({ answer, code }: CallResult<readonly PartitionError[]>): ErrorPlace {
  const one = answer?.find(({ error }) => error === code)
  return one === undefined ? {} : { topic: one.topic, partition: one.partition }
}

/** The last one of a partition counts. */
function nextOffsets(appended: readonly Appended[]): { topic: string; partition: number; offset: number }[] {
  const positions = new Map<string, { topic: string; partition: number; offset: number }>()
  for (const { topic, partition, nextOffset } of appended) {
    if (nextOffset !== undefined) positions.set(`${topic}/${partition}`, { topic, partition, offset: nextOffset })
  }
  return [...positions.values()]
}
