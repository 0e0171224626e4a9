import { setMaxListeners } from 'node:events'
import { StreamError } from '../errors/index.ts'
import { type Clock, retryPassing } from '../service/index.ts'
import type { Topology } from '../topology/index.ts'
import type { Fetched, GroupConsumer, GroupHandle, TopicPartition } from '../transport/index.ts'
import { ownedTasks, partitionKey, type TaskId } from './owned-tasks.ts'
import type { Task } from './task.ts'
import type { TaskInput } from './task-input.ts'
import type { TaskOpener } from './task-opener.ts'
import type { Waits } from './waits.ts'

/** What the registry needs of the engine. */
export interface RegistryHost {
  readonly clock: Clock
  readonly topology: Topology
  readonly partitions: ReadonlyMap<string, number>
  readonly waits: Waits
  /** Until when opening a task may fail for reasons that pass. */
  giveUpAtMs(): number
  consumer(): GroupConsumer
  opener(): TaskOpener
  /** Resolves when committed offsets may be read: nothing of this worker is pending. */
  ready(): Promise<void>
  onChange(): void
  /** A task takes records from now on, or again. */
  onRunning(task: Task): void
  fail(error: StreamError): void
}

/** Which tasks this worker has, in which state, and which partition feeds which. */
export class TaskRegistry {
  readonly tasks: Map<string, Task> = new Map()
  readonly #host: RegistryHost
  readonly #opening = new Map<string, { readonly id: TaskId; readonly abort: AbortController }>()
  readonly #inputs = new Map<string, { readonly task: Task; readonly input: TaskInput }>()
  /** Work on a task's stores that is not over: nothing else opens them before. */
  readonly #busy = new Map<string, Promise<unknown>>()
  #owned = new Set<string>()
  #opensNoMore = false
  /** The membership that cuts are made under; undefined between revocation and assignment. */
  group: GroupHandle | undefined

  constructor(host: RegistryHost) {
    this.#host = host
  }

  get openingIds(): readonly TaskId[] {
    return [...this.#opening.values()].map(({ id }) => id)
  }

  inputOf(batch: Fetched): { readonly task: Task; readonly input: TaskInput } | undefined {
    return this.#inputs.get(partitionKey(batch))
  }

  tasksOf(partitions: readonly TopicPartition[]): Task[] {
    const keys = new Set(partitions.map(partitionKey))
    return [...this.tasks.values()].filter((task) => task.inputs.some((input) => keys.has(partitionKey(input))))
  }

  /** Partitions come in; under `eager` they are all there are. */
  async assigned(partitions: readonly TopicPartition[], group: GroupHandle, isEager: boolean): Promise<void> {
    this.group = group
    if (isEager) this.#owned = new Set()
    for (const partition of partitions) this.#owned.add(partitionKey(partition))
    const wanted = ownedTasks(this.#host.topology, this.#host.partitions, this.#owned)
    const wantedIds = new Set(wanted.map(({ id }) => id))
    for (const task of [...this.tasks.values()]) {
      if (task.state !== 'suspended') continue
      // A generation in between may have had another owner, so only the very next one finds the task as it was left.
      const isUnchanged = wantedIds.has(task.id) && task.suspendedIn + 1 === group.generation
      if (isUnchanged) this.#resume(task, group)
      else await this.remove(task)
    }
    for (const id of wanted) if (!this.tasks.has(id.id) && !this.#opening.has(id.id)) this.#open(id)
    this.#host.onChange()
  }

  #resume(task: Task, group: GroupHandle): void {
    task.resume(group.generation)
    this.#read(task, (input) => input.fetchPosition)
    this.#host.onRunning(task)
  }

  #open(id: TaskId): void {
    if (this.#opensNoMore) return
    const abort = new AbortController()
    // Every event of the task hands this signal out: many listeners are no leak.
    setMaxListeners(0, abort.signal)
    this.#opening.set(id.id, { id, abort })
    const opening = this.#openAfterOthers(id, abort).then(
      (task) => this.#opened(id, abort, task),
      (error: unknown) => {
        if (this.#opening.get(id.id)?.abort === abort) this.#opening.delete(id.id)
        if (abort.signal.aborted) return
        this.#host.fail(
          StreamError.from(error, {
            code: 'STREAM_INTERNAL',
            message: `Task ${id.id} could not be opened`,
            place: { task: id.id },
          }),
        )
      },
    )
    this.#keepBusy(id.id, opening)
  }

  async #openAfterOthers(id: TaskId, abort: AbortController): Promise<Task> {
    await this.#busy.get(id.id)
    return this.#openWithRetries(id, abort)
  }

  #keepBusy(id: string, work: Promise<unknown>): void {
    const settled = Promise.all([this.#busy.get(id), work.catch(() => undefined)]).then(() => {
      if (this.#busy.get(id) === settled) this.#busy.delete(id)
    })
    this.#busy.set(id, settled)
  }

  async #openWithRetries(id: TaskId, abort: AbortController): Promise<Task> {
    const attempt = async (): Promise<Task> => {
      await this.#host.ready()
      abort.signal.throwIfAborted()
      return this.#host.opener().open(id, abort)
    }
    const { clock } = this.#host
    const giveUpAtMs = this.#host.giveUpAtMs()
    return retryPassing(attempt, { clock, giveUpAtMs, firstPauseMs: 100, signal: abort.signal })
  }

  async #opened(id: TaskId, abort: AbortController, task: Task): Promise<void> {
    if (abort.signal.aborted || this.#opening.get(id.id)?.abort !== abort || this.group === undefined) {
      await task.close()
      return
    }
    this.#opening.delete(id.id)
    this.tasks.set(task.id, task)
    for (const input of task.inputs) {
      input.generation = this.group.generation
      this.#inputs.set(partitionKey(input), { task, input })
    }
    this.#read(task, (input) => input.committed)
    this.#host.onRunning(task)
    this.#host.onChange()
  }

  /** Lets the inputs be read from there on, also where they were paused before the task was suspended or sent back to its checkpoint. */
  #read(task: Task, position: (input: TaskInput) => number): void {
    const consumer = this.#host.consumer()
    consumer.seek(
      task.inputs.map((input) => ({ topic: input.topic, partition: input.partition, offset: position(input) })),
    )
    consumer.resume(task.inputs)
  }

  /** Partitions go; their tasks must be cut and suspended or removed by the caller. */
  disown(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#owned.delete(partitionKey(partition))
    for (const { id, abort } of [...this.#opening.values()]) {
      if (id.sources.every((source) => this.#owned.has(partitionKey(source)))) continue
      this.#opening.delete(id.id)
      abort.abort()
    }
    this.#host.onChange()
  }

  /** Closes a task and forgets it. */
  async remove(task: Task): Promise<void> {
    if (this.tasks.get(task.id) === task) {
      this.tasks.delete(task.id)
      for (const input of task.inputs) this.#inputs.delete(partitionKey(input))
    }
    const closing = task.close()
    this.#keepBusy(task.id, closing)
    await this.#host.waits.until(closing, `the stores of task ${task.id} to close`, { task: task.id })
  }

  /** Opens tasks again that were closed dirty, as far as they are still owned. */
  reopen(ids: ReadonlySet<string>): void {
    if (this.group === undefined) return
    for (const id of ownedTasks(this.#host.topology, this.#host.partitions, this.#owned)) {
      if (ids.has(id.id) && !this.tasks.has(id.id) && !this.#opening.has(id.id)) this.#open(id)
    }
    this.#host.onChange()
  }

  /** Ends what is being opened. */
  abortOpening(): void {
    for (const { abort } of this.#opening.values()) abort.abort()
    this.#opening.clear()
  }

  /** The worker stops: what is being opened is given up, and an assignment that comes late opens nothing any more. */
  openNoMore(): void {
    this.#opensNoMore = true
    this.abortOpening()
  }

  async closeAll(): Promise<void> {
    this.openNoMore()
    await Promise.all([...this.tasks.values()].map((task) => this.remove(task)))
    await Promise.all(this.#busy.values())
  }
}
