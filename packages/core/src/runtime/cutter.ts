import { StreamError } from '../errors/index.ts'
import type { CutStep } from '../sensor/index.ts'
import type { Clock } from '../service/index.ts'
import type { GroupHandle, TopicPartitionOffset } from '../transport/index.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { cutRequest } from './cut-request.ts'
import type { Task, TaskCut } from './task.ts'
import type { TaskRegistry } from './task-registry.ts'
import type { Wait, Waits } from './waits.ts'

/** What the cutter needs of the engine. */
export interface CutterHost {
  readonly clock: Clock
  readonly registry: TaskRegistry
  readonly protocol: CommitProtocol
  readonly waits: Waits
  apply(cut: TaskCut, positions: readonly TopicPartitionOffset[], wait: Wait): Promise<void>
  onCutStart(cuts: readonly TaskCut[]): void
  onCutStep(step: CutStep): void
  onCut(cuts: readonly TaskCut[], outcome: CutOutcome, timing: CutTiming): void
  /** Closes the tasks dirty and sends them back to their checkpoint. */
  onCutFailed(
    tasks: readonly Task[],
    outcome: Exclude<CutOutcome, { kind: 'committed' }>,
    group: GroupHandle,
    wait: Wait,
  ): Promise<void>
  fail(error: StreamError): void
}

/** How long the parts of a cut took, in milliseconds. */
export interface CutTiming {
  readonly commitMs: number
  readonly applyMs: number
}

/** Makes cuts, one at a time: freeze, commit, bring into the stores; or back to the checkpoint. */
export class Cutter {
  readonly #host: CutterHost
  #last: Promise<void> = Promise.resolve()

  constructor(host: CutterHost) {
    this.#host = host
  }

  /** Cuts what `tasks` returns when its turn comes; resolves when that is done, whatever its outcome. */
  cut(tasks: () => readonly Task[]): Promise<void> {
    const done = this.#last.then(async () => {
      try {
        await this.#cut(tasks())
      } catch (error) {
        this.#host.fail(StreamError.from(error, { code: 'STREAM_INTERNAL', message: 'A cut failed' }))
      }
    })
    this.#last = done
    return done
  }

  async #cut(tasks: readonly Task[]): Promise<void> {
    const { clock, registry, protocol, waits } = this.#host
    const group = registry.group
    if (group === undefined) return
    for (const task of tasks) {
      if (!task.isOpen || !task.canExpire) continue
      await waits.until(task.expire(), `the stores of task ${task.id} to find rows that are due`, { task: task.id })
    }
    const cuts: TaskCut[] = []
    for (const task of tasks) {
      const cut = task.isOpen ? task.freeze() : undefined
      if (cut !== undefined) cuts.push(cut)
    }
    if (cuts.length === 0) return
    const startedAtMs = clock.monotonicMs()
    this.#host.onCutStart(cuts)
    this.#host.onCutStep('frozen')
    const request = cutRequest(cuts, clock.now())
    this.#host.onCutStep('committing')
    const names = cuts.map((cut) => cut.task.id).join(', ')
    const wait = waits.begin(`the answer to the commit of a cut (tasks ${names})`, {}, protocol.commitTimeoutMs)
    try {
      const outcome = await protocol.commit(request, group)
      await this.#ended(cuts, outcome, group, startedAtMs, wait)
    } finally {
      wait.end()
    }
  }

  async #ended(
    cuts: readonly TaskCut[],
    outcome: CutOutcome,
    group: GroupHandle,
    startedAtMs: number,
    wait: Wait,
  ): Promise<void> {
    const { clock } = this.#host
    const committedAtMs = clock.monotonicMs()
    if (outcome.kind === 'committed') {
      this.#host.onCutStep('committed')
      for (const cut of cuts) {
        if (!cut.task.isOpen) continue
        await this.#host.apply(cut, outcome.positions, wait)
        cut.task.committed(cut)
      }
      this.#host.onCutStep('applied')
    }
    const timing = { commitMs: committedAtMs - startedAtMs, applyMs: clock.monotonicMs() - committedAtMs }
    this.#host.onCut(cuts, outcome, timing)
    if (outcome.kind === 'committed') return
    await this.#host.onCutFailed(
      cuts.map((cut) => cut.task),
      outcome,
      group,
      wait,
    )
  }
}
