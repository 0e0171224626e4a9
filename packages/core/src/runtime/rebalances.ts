import { StreamError } from '../errors/index.ts'
import type { Clock } from '../service/index.ts'
import type { GroupHandle, TopicPartition } from '../transport/index.ts'
import type { CommitProtocol } from './commit-protocol.ts'
import type { Cutter } from './cutter.ts'
import type { Drain } from './drain.ts'
import type { EngineSensing } from './engine-sensing.ts'
import type { TaskRegistry } from './task-registry.ts'

/** What rebalances need of the engine. */
export interface RebalanceHost {
  readonly clock: Clock
  readonly registry: TaskRegistry
  readonly cutter: Cutter
  readonly drain: Drain
  readonly protocol: CommitProtocol
  readonly sensing: EngineSensing
  /** All partitions are revoked before any comes. */
  readonly isEager: boolean
  /** The tasks may be in another state by now. */
  noteState(): void
}

/** Answers the group: tasks are opened, cut and suspended, or dropped, as partitions come and go. */
export class Rebalances {
  readonly #host: RebalanceHost
  #isUnderWay = false

  constructor(host: RebalanceHost) {
    this.#host = host
  }

  /** Partitions were revoked, and nobody has said yet what comes next. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  async assigned(partitions: readonly TopicPartition[], group: GroupHandle): Promise<void> {
    const { clock, registry, isEager, sensing } = this.#host
    const startedAtMs = clock.monotonicMs()
    this.#isUnderWay = false
    await registry.assigned(partitions, group, isEager)
    sensing.rebalance('assigned', partitions, clock.monotonicMs() - startedAtMs, group.generation)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { clock, registry, cutter, drain, isEager, sensing, noteState } = this.#host
    const startedAtMs = clock.monotonicMs()
    const generation = registry.group?.generation ?? 0
    const tasks = registry.tasksOf(partitions)
    this.#isUnderWay = true
    for (const task of tasks) task.suspend(generation)
    registry.disown(partitions)
    if (!drain.isCutOverdue) await cutter.cut(() => tasks)
    if (isEager) registry.group = undefined
    // Of a worker that stops nothing is suspended: what stayed open would be cut under the next generation, whoever owns it then.
    for (const task of tasks) if (!isEager || task.state !== 'suspended') await registry.remove(task)
    drain.look()
    noteState()
    sensing.rebalance('revoked', partitions, clock.monotonicMs() - startedAtMs, generation)
  }

  lost(partitions: readonly TopicPartition[]): void {
    const { registry, protocol, sensing, noteState } = this.#host
    const tasks = registry.tasksOf(partitions)
    registry.disown(partitions)
    registry.group = undefined
    for (const task of tasks) {
      protocol.forget(task)
      void registry
        .remove(task)
        .catch((cause: unknown) =>
          sensing.error(
            StreamError.from(cause, { code: 'STREAM_STORE_FAILED', message: `Task ${task.id} could not be closed` }),
            'reported',
          ),
        )
    }
    noteState()
    sensing.rebalance('lost', partitions, 0)
  }
}
