import { StreamError, type StreamErrorCode } from '../errors/index.ts'
import { type Clock, retryPassing, sleep } from '../service/index.ts'
import type { GroupHandle } from '../transport/index.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { refusalError } from './cut-request.ts'
import { FailedRecords } from './failed-records.ts'
import type { Task, TaskCut } from './task.ts'
import type { TaskRegistry } from './task-registry.ts'
import type { Wait } from './waits.ts'

/** Fenced this many times in a row while the group knows the worker: somebody else runs under the same worker id. */
const fencedTooOften = 3
/** How often a fenced worker looks whether the group has spoken. */
const lookAgainMs = 50
/** Nothing that comes back changes these by itself. */
const fatal: ReadonlySet<StreamErrorCode> = new Set([
  'STREAM_AUTHORIZATION_FAILED',
  'STREAM_AUTHENTICATION_FAILED',
  'STREAM_NOT_SUPPORTED',
  'STREAM_TOPIC_MISSING',
  'STREAM_RECORD_TOO_LARGE',
])

/** What the way back needs of the engine. */
export interface CheckpointHost {
  readonly clock: Clock
  readonly registry: TaskRegistry
  readonly protocol: CommitProtocol
  /** How long temporary trouble is retried. */
  readonly timeoutMs: number
  /** Aborts when the engine stops: no more retries, nothing is opened again. */
  readonly stopping: AbortSignal
  /** Since the broker last confirmed the membership. */
  sinceHeartbeatMs(): number
  onError(error: StreamError): void
  fail(error: StreamError): void
}

/**
 * The way back after a cut that did not commit: its tasks are closed dirty, what is pending on the transactional id is ended, and the tasks
 * recover forward from committed offsets and changelogs. What the broker refused is remembered, so that its record meets its policy.
 */
export class CheckpointReturn {
  readonly failedRecords: FailedRecords = new FailedRecords()
  readonly #host: CheckpointHost
  #ready: Promise<void> = Promise.resolve()
  /** Since when no cut has committed although some were tried; undefined while all is well. */
  #troubleSinceMs: number | undefined
  #failedInARow = 0
  #fencedInARow = 0

  constructor(host: CheckpointHost) {
    this.#host = host
  }

  /** Resolves when nothing of this worker is pending: only then committed offsets may be read. */
  get ready(): Promise<void> {
    return this.#ready
  }

  /** Until when temporary trouble is retried: one deadline for all of it, from the first cut that failed. */
  get giveUpAtMs(): number {
    const { clock, timeoutMs } = this.#host
    return (this.#troubleSinceMs ?? clock.monotonicMs()) + timeoutMs
  }

  committed(cuts: readonly TaskCut[]): void {
    this.#troubleSinceMs = undefined
    this.#failedInARow = 0
    this.#fencedInARow = 0
    if (this.failedRecords.size === 0) return
    for (const { topic, partition, offset } of cuts.flatMap((cut) => cut.offsets)) {
      this.failedRecords.forgetBelow(topic, partition, offset)
    }
  }

  /** Ends what is pending on the transactional id. Rejects when that cannot be done in time. */
  settle(wait: Wait): Promise<void> {
    const { clock, protocol, stopping } = this.#host
    const attempt = (): Promise<void> => {
      wait.step('the takeover of its transactional id')
      return protocol.recover()
    }
    const { giveUpAtMs } = this
    const settled = retryPassing(attempt, { clock, giveUpAtMs, firstPauseMs: 100, signal: stopping })
    this.#ready = settled.catch(() => undefined)
    return settled
  }

  async sendBack(
    tasks: readonly Task[],
    outcome: Exclude<CutOutcome, { kind: 'committed' }>,
    group: GroupHandle,
    wait: Wait,
  ): Promise<void> {
    const { clock, registry, protocol, stopping } = this.#host
    this.#host.onError(outcome.cause)
    const refused = outcome.refused ?? []
    for (const origin of refused) {
      const { topic, partition, offset, consumer } = origin
      this.failedRecords.remember(topic, partition, offset, consumer, refusalError(origin, outcome.cause))
    }
    const ids = new Set(tasks.map((task) => task.id))
    for (const task of tasks) {
      protocol.forget(task)
      await registry.remove(task)
    }
    const fencedAtMs = clock.monotonicMs()
    if (refused.length === 0 && outcome.kind !== 'fenced') {
      this.#troubleSinceMs ??= fencedAtMs
      const hopeless = this.#hopeless(outcome.cause, fencedAtMs)
      if (hopeless !== undefined) {
        this.#host.fail(hopeless)
        return
      }
    }
    wait.step('the time until the next try after a cut that failed')
    if (refused.length === 0 && ++this.#failedInARow > 1) {
      await sleep(clock, Math.min(100 * 2 ** this.#failedInARow, 5000), stopping)
    }
    try {
      await this.settle(wait)
    } catch (cause) {
      const unsettled = StreamError.from(cause, {
        code: 'STREAM_OUTCOME_UNKNOWN',
        message: 'The outcome of a cut could not be settled',
      })
      // A stop ends the tries; the next start takes up from there, and nothing has failed.
      if (stopping.aborted && unsettled.retryable) this.#host.onError(unsettled)
      else this.#host.fail(unsettled)
      return
    }
    if (outcome.kind !== 'fenced') {
      if (!stopping.aborted) registry.reopen(ids)
      return
    }
    // Not awaited: the group may need a cut of other tasks before it goes on.
    void this.#reopenFenced(ids, outcome.cause, group, fencedAtMs)
  }

  /** What ends the app, where no further try can help, or all the time for tries is over. */
  #hopeless(cause: StreamError, nowMs: number): StreamError | undefined {
    if (!cause.retryable && fatal.has(cause.code)) return cause
    if (nowMs < this.giveUpAtMs) return undefined
    const { timeoutMs } = this.#host
    return new StreamError({
      code: cause.code,
      message: `No cut has committed for ${Math.round(timeoutMs / 1000)} s (taskTimeoutMs ${timeoutMs}), however often it was tried: ${cause.message}`,
      cause,
      place: cause.place,
    })
  }

  /**
   * Either the membership is over, and the group says so soon: what the worker owns then, it opens then. Or the membership is confirmed
   * although its commit was fenced: then somebody has taken the transactional id.
   */
  async #reopenFenced(
    ids: ReadonlySet<string>,
    cause: StreamError,
    group: GroupHandle,
    fencedAtMs: number,
  ): Promise<void> {
    const { clock, registry, stopping } = this.#host
    const isConfirmed = (): boolean => this.#host.sinceHeartbeatMs() < clock.monotonicMs() - fencedAtMs
    while (registry.group === group && !isConfirmed()) {
      if (stopping.aborted) return
      await sleep(clock, lookAgainMs, stopping)
    }
    if (stopping.aborted) return
    if (registry.group !== group) {
      // Tasks of another generation that were not opened with it, since they were not closed yet.
      registry.reopen(ids)
      return
    }
    if (++this.#fencedInARow < fencedTooOften) registry.reopen(ids)
    else this.#host.fail(cause)
  }
}
