import { StreamError } from '../errors/index.ts'
import { type Clock, sleep } from '../service/index.ts'
import type { GroupHandle } from '../transport/index.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { refusalError } from './cut-request.ts'
import { FailedRecords } from './failed-records.ts'
import type { Task, TaskCut } from './task.ts'
import type { TaskRegistry } from './task-registry.ts'

/** Fenced this many times in a row while the group knows the worker: somebody else runs under the same worker id. */
const fencedTooOften = 3
/** How often a fenced worker looks whether the group has spoken. */
const lookAgainMs = 50

/** What the way back needs of the engine. */
export interface CheckpointHost {
  readonly clock: Clock
  readonly registry: TaskRegistry
  readonly protocol: CommitProtocol
  /** How long temporary trouble is retried. */
  readonly timeoutMs: number
  isStopping(): boolean
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
  #failedInARow = 0
  #fencedInARow = 0

  constructor(host: CheckpointHost) {
    this.#host = host
  }

  /** Resolves when nothing of this worker is pending: only then committed offsets may be read. */
  get ready(): Promise<void> {
    return this.#ready
  }

  committed(cuts: readonly TaskCut[]): void {
    this.#failedInARow = 0
    this.#fencedInARow = 0
    if (this.failedRecords.size === 0) return
    for (const { topic, partition, offset } of cuts.flatMap((cut) => cut.offsets)) {
      this.failedRecords.forgetBelow(topic, partition, offset)
    }
  }

  /** Ends what is pending on the transactional id. Rejects when that cannot be done in time. */
  settle(): Promise<void> {
    const settled = this.#recoverProtocol()
    this.#ready = settled.catch(() => undefined)
    return settled
  }

  async #recoverProtocol(): Promise<void> {
    const { clock, protocol, timeoutMs } = this.#host
    const giveUpAtMs = clock.monotonicMs() + timeoutMs
    for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5000)) {
      try {
        await protocol.recover()
        return
      } catch (error) {
        const isPassing = StreamError.is(error) && error.retryable && clock.monotonicMs() < giveUpAtMs
        if (!isPassing || this.#host.isStopping()) throw error
        await sleep(clock, delayMs)
      }
    }
  }

  async sendBack(
    tasks: readonly Task[],
    outcome: Exclude<CutOutcome, { kind: 'committed' }>,
    group: GroupHandle,
  ): Promise<void> {
    const { clock, registry, protocol } = this.#host
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
    if (refused.length === 0 && ++this.#failedInARow > 1) {
      await sleep(clock, Math.min(100 * 2 ** this.#failedInARow, 5000))
    }
    try {
      await this.settle()
    } catch (cause) {
      this.#host.fail(
        StreamError.from(cause, {
          code: 'STREAM_OUTCOME_UNKNOWN',
          message: 'The outcome of a cut could not be settled',
        }),
      )
      return
    }
    if (outcome.kind !== 'fenced') {
      if (!this.#host.isStopping()) registry.reopen(ids)
      return
    }
    // Not awaited: the group may need a cut of other tasks before it goes on.
    void this.#reopenFenced(ids, outcome.cause, group, fencedAtMs)
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
    const { clock, registry } = this.#host
    const isConfirmed = (): boolean => this.#host.sinceHeartbeatMs() < clock.monotonicMs() - fencedAtMs
    while (registry.group === group && !isConfirmed()) {
      if (this.#host.isStopping()) return
      await sleep(clock, lookAgainMs)
    }
    if (this.#host.isStopping() || registry.group !== group) {
      // Tasks of another generation that were not opened with it, since they were not closed yet.
      if (!this.#host.isStopping()) registry.reopen(ids)
      return
    }
    if (++this.#fencedInARow < fencedTooOften) registry.reopen(ids)
    else this.#host.fail(cause)
  }
}
