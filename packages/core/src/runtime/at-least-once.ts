import { StreamError } from '../errors/index.ts'
import type {
  GroupConsumer,
  GroupHandle,
  OutBatch,
  Produced,
  Producer,
  TopicPartitionOffset,
} from '../transport/index.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { type CutRequest, originOf, type RefusedOrigin } from './cut-request.ts'
import type { StagedBatch } from './outbox.ts'
import type { Task } from './task.ts'

const mostSendsInFlight = 4

/** What {@link AtLeastOnce} needs of the engine. */
export interface AtLeastOnceHost {
  readonly producer: Producer
  readonly deliveryTimeoutMs: number
  /** How long a membership holds without a word from the broker: the lease of its writers. */
  readonly sessionTimeoutMs: number
  consumer(): GroupConsumer
  /** `hasRoom` may have become true. */
  onRoom(): void
  /** The log has acknowledged these. */
  onSent(batches: readonly StagedBatch[]): void
}

/** Sends of one task since its last cut. */
interface Sent {
  readonly pending: Promise<void>[]
  readonly refused: { readonly origin: RefusedOrigin; readonly cause: StreamError }[]
  failure: StreamError | undefined
}

/**
 * `at_least_once`: outputs leave as their records complete; a cut appends the changelog rows, waits for every acknowledgement, and only
 * then commits the offsets. Before each send the membership's lease is checked, so that a stalled former owner rarely writes.
 */
export class AtLeastOnce implements CommitProtocol {
  readonly sendsAtOnce = true
  #sendsInFlight = 0
  unacknowledgedBytes = 0
  readonly commitTimeoutMs: number
  readonly #host: AtLeastOnceHost
  /** Weak: tasks come and go with every rebalance. */
  readonly #sent = new WeakMap<Task, Sent>()

  constructor(host: AtLeastOnceHost) {
    this.#host = host
    this.commitTimeoutMs = host.deliveryTimeoutMs
  }

  /** A few sends on their way at a time: what completes meanwhile goes together with the next one. */
  get hasRoom(): boolean {
    return this.#sendsInFlight < mostSendsInFlight
  }

  async recover(): Promise<void> {}

  #sentBy(task: Task): Sent {
    let sent = this.#sent.get(task)
    if (sent === undefined) {
      sent = { pending: [], refused: [], failure: undefined }
      this.#sent.set(task, sent)
    }
    return sent
  }

  forget(task: Task): void {
    this.#sent.delete(task)
  }

  send(task: Task, batches: readonly StagedBatch[]): void {
    if (batches.length === 0) return
    const sent = this.#sentBy(task)
    if (!this.#holdsLease()) {
      sent.failure ??= leaseOver()
      return
    }
    let sizeBytes = 0
    for (const batch of batches) for (const record of batch.records) sizeBytes += record.sizeBytes
    this.unacknowledgedBytes += sizeBytes
    this.#sendsInFlight++
    const answered = (): void => {
      this.unacknowledgedBytes -= sizeBytes
      this.#sendsInFlight--
      this.#host.onRoom()
    }
    const acknowledged = this.#host.producer.send(batches).then(
      (produced) => {
        answered()
        noteRefusals(task, sent, batches, produced)
        this.#host.onSent(batches)
      },
      (error: unknown) => {
        answered()
        sent.failure ??= StreamError.from(error, {
          code: 'STREAM_BROKER_UNAVAILABLE',
          message: `Outputs of task ${task.id} could not be sent`,
          retryable: true,
        })
      },
    )
    sent.pending.push(acknowledged)
  }

  #holdsLease(): boolean {
    return this.#host.consumer().sinceHeartbeatMs() < this.#host.sessionTimeoutMs
  }

  async commit(request: CutRequest, group: GroupHandle): Promise<CutOutcome> {
    for (const cut of request.cuts) this.send(cut.task, cut.out)
    const refused: RefusedOrigin[] = []
    let cause: StreamError | undefined
    for (const cut of request.cuts) {
      const sent = this.#sentBy(cut.task)
      await Promise.all(sent.pending.splice(0))
      for (const refusal of sent.refused.splice(0)) {
        refused.push(refusal.origin)
        cause ??= refusal.cause
      }
      cause ??= sent.failure
    }
    if (cause !== undefined) return { kind: 'aborted', cause, refused }
    if (!this.#holdsLease()) return { kind: 'fenced', cause: leaseOver() }
    try {
      const produced = request.changelogs.length === 0 ? [] : await this.#host.producer.send(request.changelogs)
      const changelogRefusals = refusalsOf(request, produced)
      if (changelogRefusals !== undefined) return changelogRefusals
      if (request.offsets.length > 0) await this.#host.consumer().commit(request.offsets, group)
      return { kind: 'committed', positions: positionsBehind(request.changelogs, produced) }
    } catch (error) {
      const failure = StreamError.from(error, {
        code: 'STREAM_BROKER_UNAVAILABLE',
        message: 'A checkpoint could not be committed',
        retryable: true,
      })
      return { kind: failure.code === 'STREAM_FENCED' ? 'fenced' : 'aborted', cause: failure }
    }
  }

  close(): Promise<void> {
    return this.#host.producer.close()
  }
}

function leaseOver(): StreamError {
  return new StreamError({
    code: 'STREAM_PARTITION_LOST',
    message:
      'No heartbeat was confirmed within the session timeout: another worker may own the partitions by now, so nothing more is written for them',
    retryable: true,
  })
}

function noteRefusals(task: Task, sent: Sent, batches: readonly StagedBatch[], produced: readonly Produced[]): void {
  produced.forEach((result, index) => {
    if (result.error === undefined) return
    const record = batches[index]?.records[result.refused ?? 0]
    const input = record === undefined ? undefined : task.inputs[record.input]
    if (record === undefined || input === undefined) {
      sent.failure ??= result.error
      return
    }
    sent.refused.push({
      origin: { topic: input.topic, partition: input.partition, offset: record.offset, consumer: record.consumer },
      cause: result.error,
    })
  })
}

function refusalsOf(request: CutRequest, produced: readonly Produced[]): CutOutcome | undefined {
  const refused: RefusedOrigin[] = []
  let cause: StreamError | undefined
  produced.forEach((result, index) => {
    if (result.error === undefined) return
    cause ??= result.error
    const origin = originOf(request, request.outputs.length + index, result.refused ?? 0)
    if (origin !== undefined) refused.push(origin)
  })
  return cause === undefined ? undefined : { kind: 'aborted', cause, refused }
}

function positionsBehind(batches: readonly OutBatch[], produced: readonly Produced[]): TopicPartitionOffset[] {
  const positions: TopicPartitionOffset[] = []
  produced.forEach(({ topic, partition, baseOffset }, index) => {
    if (baseOffset === undefined) return
    positions.push({ topic, partition, offset: baseOffset + (batches[index]?.records.length ?? 0) })
  })
  return positions
}
