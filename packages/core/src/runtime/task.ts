import type { StreamError } from '../errors/index.ts'
import type { Clock } from '../service/index.ts'
import { freezeLayer, type Layer, type RowAccess, type Scope, type TablePartition } from '../state/index.ts'
import type { Processor, SubTopology } from '../topology/index.ts'
import type { LogRecord, TopicPartitionOffset } from '../transport/index.ts'
import { ApartScopes } from './apart-scopes.ts'
import type { Invocation, TaskConsumer } from './invocation.ts'
import { Outbox, type StagedBatch } from './outbox.ts'
import { type RecordOutcome, RecordRunner, type RunnerHost } from './record-runner.ts'
import { StreamTime } from './stream-time.ts'
import { sweepTable } from './table-sweep.ts'
import type { TaskInput } from './task-input.ts'

/** Records between two looks at the clock. */
const recordsPerLook = 32

/** What a task is made of, once its tables are recovered. */
export interface TaskParts {
  readonly id: string
  readonly subTopology: SubTopology
  readonly partition: number
  readonly inputs: readonly TaskInput[]
  readonly tables: readonly TablePartition[]
  /** The tables whose rows go by themselves. */
  readonly expiring: readonly RowAccess[]
  readonly consumers: readonly TaskConsumer[]
  /** Which of them read a topic or channel. */
  readonly bySource: ReadonlyMap<string, readonly TaskConsumer[]>
  readonly abort: AbortController
}

/** What a task tells the engine, and asks of it. */
export interface TaskHost {
  readonly clock: Clock
  readonly sendsAtOnce: boolean
  readonly stragglerCuts: number
  readonly hasRemembered: boolean
  remembered(task: Task, invocation: Invocation): StreamError | undefined
  onFailure(task: Task, invocation: Invocation, error: unknown): void
  readonly watchesRecords: boolean
  onRecordDone(task: Task, input: TaskInput, offset: number, startedAtMs: number, outcome: RecordOutcome): void
  /** Something completed on its own: the task may have room for more. */
  onProgress(task: Task): void
}

/** What a cut takes of one task. */
export interface TaskCut {
  readonly task: Task
  readonly offsets: readonly TopicPartitionOffset[]
  readonly layers: readonly { readonly rows: TablePartition; readonly layer: Layer }[]
  readonly out: readonly StagedBatch[]
  /** The stream time of the prefix, where the task keeps one. */
  readonly streamTimeMs: number | undefined
}

/** One partition of one sub-topology: the unit of work. Records go in, completed work is staged, cuts take what is settled. */
export class Task implements RunnerHost {
  readonly id: string
  readonly subTopology: SubTopology
  readonly partition: number
  readonly inputs: readonly TaskInput[]
  readonly tables: readonly TablePartition[]
  readonly consumers: readonly TaskConsumer[]
  readonly outbox: Outbox = new Outbox()
  readonly runner: RecordRunner
  /**
   * Only `running` starts records. `suspended`: its partitions are given up, and may come back; `draining`: the worker stops; `halted`: a
   * record stopped it, and what is below that record can still be committed.
   */
  state: 'running' | 'suspended' | 'draining' | 'halted' | 'closed' = 'running'
  /** Generation in which it was suspended. */
  suspendedIn = -1
  readonly #host: TaskHost
  readonly #bySource: ReadonlyMap<string, readonly TaskConsumer[]>
  readonly #byInput: readonly (readonly TaskConsumer[])[]
  readonly #abort: AbortController
  readonly #expiring: readonly RowAccess[]
  /** Kept only where something depends on it. */
  readonly #time: StreamTime | undefined
  readonly #apart = new ApartScopes()
  /** Cuts in a row that had to leave something behind a straggler. */
  #cutsBehindStraggler = 0
  #stragglerPosition = -1

  constructor(parts: TaskParts, host: TaskHost) {
    this.id = parts.id
    this.subTopology = parts.subTopology
    this.partition = parts.partition
    this.inputs = parts.inputs
    this.tables = parts.tables
    this.consumers = parts.consumers
    this.#bySource = parts.bySource
    this.#byInput = parts.inputs.map((input) => parts.bySource.get(input.topic) ?? [])
    this.#abort = parts.abort
    this.#expiring = parts.expiring
    const keepers = parts.tables.filter(({ table }) => table.expiry?.clock === 'event')
    this.#time = keepers.length === 0 ? undefined : new StreamTime(parts.inputs.length, keepers)
    this.#host = host
    this.runner = new RecordRunner(this)
  }

  get isOpen(): boolean {
    return this.state !== 'closed'
  }

  /** Aborts when it is closed. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Bytes that wait for a cut. */
  get stagedBytes(): number {
    let bytes = this.outbox.sizeBytes + this.#apart.sizeBytes
    for (const rows of this.tables) bytes += rows.stagedBytes
    return bytes
  }

  get isIdle(): boolean {
    return this.inputs.every((input) => input.tracker.isEmpty)
  }

  get isInOrder(): boolean {
    return this.#apart.isEmpty
  }

  get hasRemembered(): boolean {
    return this.#host.hasRemembered
  }

  now(): number {
    return this.#host.clock.monotonicMs()
  }

  advanceTime(input: TaskInput, record: LogRecord): number | undefined {
    return this.#time?.advance(input.index, record.offset, record.timestamp)
  }

  consumersOf(input: TaskInput): readonly TaskConsumer[] {
    return this.#byInput[input.index]!
  }

  channelConsumers(channel: string): readonly TaskConsumer[] {
    return this.#bySource.get(channel) ?? []
  }

  remembered(invocation: Invocation): StreamError | undefined {
    return this.#host.remembered(this, invocation)
  }

  onFailure(invocation: Invocation, error: unknown): void {
    if (this.state === 'halted') return
    this.#host.onFailure(this, invocation, error)
  }

  onProgress(): void {
    this.#host.onProgress(this)
  }

  get watchesRecords(): boolean {
    return this.#host.watchesRecords
  }

  onRecordDone(input: TaskInput, offset: number, startedAtMs: number, outcome: RecordOutcome): void {
    this.#host.onRecordDone(this, input, offset, startedAtMs, outcome)
  }

  settle(scope: Scope): void {
    const { writes, sends } = scope
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!
      write.table.apply(write.id, write.entry, scope, false)
    }
    for (let i = 0; i < sends.length; i++) this.outbox.add(sends[i]!)
    scope.dependsOn = undefined
  }

  keepApart(scope: Scope): void {
    for (const write of scope.writes) write.table.apply(write.id, write.entry, scope, true)
    if (this.#host.sendsAtOnce) {
      for (const send of scope.takeSends()) this.outbox.add(send)
    }
    this.#apart.add(scope)
    if (this.#apart.isLong) this.#settlePrefix()
  }

  /** Whether a record of this input may start now. */
  #admits(input: TaskInput): boolean {
    for (const consumer of this.consumersOf(input)) if (!consumer.admits) return false
    return true
  }

  get #admitsAny(): boolean {
    return this.state === 'running' && this.runner.admits && this.#cutsBehindStraggler < this.#host.stragglerCuts
  }

  /** Starts buffered records until there are no more, no room, or no time; true where only the time ran out. */
  run(untilMs: number): boolean {
    for (;;) {
      if (!this.#admitsAny) return false
      const input = this.#nextInput()
      if (input === undefined) return false
      for (let i = 0; i < recordsPerLook; i++) {
        const record = input.peek()
        if (record === undefined || !this.#admits(input)) break
        const next = input.positionAfterPeeked
        input.advance()
        this.runner.start(input, record, next)
        if (!this.#admitsAny) return false
      }
      if (this.#host.clock.monotonicMs() >= untilMs) return true
    }
  }

  /** The buffered input whose next record is the oldest. */
  #nextInput(): TaskInput | undefined {
    if (this.inputs.length === 1) {
      const input = this.inputs[0]!
      return input.hasRecords && this.#admits(input) ? input : undefined
    }
    let chosen: TaskInput | undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const input of this.inputs) {
      const record = input.peek()
      if (record === undefined || record.timestamp >= oldest || !this.#admits(input)) continue
      chosen = input
      oldest = record.timestamp
    }
    return chosen
  }

  #settlePrefix(): readonly number[] {
    return this.#apart.settle(
      this.inputs.map((input) => input.tracker.position),
      this.outbox,
    )
  }

  /** Takes due rows away, so that the next cut commits it; some of them, where there are many. */
  async expire(): Promise<void> {
    for (const access of this.#expiring) {
      if (this.state === 'running') await sweepTable(access, this)
    }
  }

  /** Whether {@link Task.expire} has anything to look at. */
  get canExpire(): boolean {
    return this.#expiring.length > 0
  }

  /** Takes what a cut can commit; undefined when nothing has changed since the last one. */
  freeze(): TaskCut | undefined {
    const positions = this.#settlePrefix()
    const offsets: TopicPartitionOffset[] = []
    for (const input of this.inputs) {
      const offset = positions[input.index]!
      if (offset > input.committed) offsets.push({ topic: input.topic, partition: input.partition, offset })
    }
    this.#noteStraggler(!this.#apart.isEmpty)
    const streamTimeMs = this.#time?.settle(positions)
    const remaining = new Set(this.#apart.remaining)
    const layers: { rows: TablePartition; layer: Layer }[] = []
    for (const rows of this.tables) {
      const layer = freezeLayer(rows, remaining)
      if (layer !== undefined) layers.push({ rows, layer })
    }
    const out = this.outbox.take()
    if (offsets.length === 0 && layers.length === 0 && out.length === 0) return undefined
    return { task: this, offsets, layers, out, streamTimeMs }
  }

  #noteStraggler(hasRemaining: boolean): void {
    let position = 0
    for (const input of this.inputs) position += input.tracker.position
    if (hasRemaining && position === this.#stragglerPosition) this.#cutsBehindStraggler++
    else this.#cutsBehindStraggler = 0
    this.#stragglerPosition = position
  }

  /** The cut is committed and in the stores. */
  committed(cut: TaskCut): void {
    this.#time?.committed(cut.streamTimeMs)
    for (const { topic, offset } of cut.offsets) {
      const input = this.inputs.find((candidate) => candidate.topic === topic)
      if (input !== undefined) input.committed = Math.max(input.committed, offset)
    }
  }

  /** A straggler came in: look again whether records may start. */
  stragglerMayBeIn(): void {
    if (this.#cutsBehindStraggler === 0) return
    let position = 0
    for (const input of this.inputs) position += input.tracker.position
    if (position !== this.#stragglerPosition) this.#cutsBehindStraggler = 0
  }

  /** The lowest unfinished record of the task that has been in flight longest. */
  oldestInFlight(): { readonly input: TaskInput; readonly offset: number; readonly startedAtMs: number } | undefined {
    let oldest: { input: TaskInput; offset: number; startedAtMs: number } | undefined
    for (const input of this.inputs) {
      const record = input.tracker.oldest()
      if (record !== undefined && (oldest === undefined || record.startedAtMs < oldest.startedAtMs)) {
        oldest = { input, ...record }
      }
    }
    return oldest
  }

  /** Goes on after a suspension in which nobody else owned the task. */
  resume(generation: number): void {
    if (this.state !== 'suspended') return
    this.state = 'running'
    for (const input of this.inputs) {
      input.generation = generation
      input.isPaused = false
    }
    this.runner.resume()
  }

  /** Keeps everything, starts nothing. */
  suspend(generation: number): void {
    if (this.state !== 'running') return
    this.state = 'suspended'
    this.suspendedIn = generation
  }

  /** Ends it: layers, scopes, loop instances and handles die. What is not committed will be done again by the next owner. */
  async close(): Promise<void> {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.runner.close()
    this.#abort.abort()
    for (const input of this.inputs) input.clear()
    const processors: Processor[] = this.consumers.map((consumer) => consumer.processor)
    for (const processor of processors) processor.close()
    await Promise.all(this.tables.map((rows) => rows.store.close()))
  }
}
