import type { StreamError } from '../errors/index.ts'
import type { CutStartEvent, CutStep, SensorHub } from '../sensor/index.ts'
import type { RecoveryProgress } from '../state/index.ts'
import type { TopicRole } from '../topology/index.ts'
import type { Fetched, TopicPartition } from '../transport/index.ts'
import type { CutOutcome } from './commit-protocol.ts'
import type { CutTiming } from './cutter.ts'
import { mergeBatches, type StagedBatch } from './outbox.ts'
import type { TaskId } from './owned-tasks.ts'
import type { RecordOutcome } from './record-runner.ts'
import type { Task, TaskCut } from './task.ts'
import type { TaskInput } from './task-input.ts'

const purposes = {
  user: 'output',
  changelog: 'changelog',
  repartition: 'repartition',
  'dead-letter': 'dead-letter',
} as const

/** Tells sensors what the engine does; makes no event that nobody watches. */
export class EngineSensing {
  readonly #sensors: SensorHub
  readonly #guarantee: 'exactly_once' | 'at_least_once'
  #cut = 0
  #current: CutStartEvent | undefined

  constructor(sensors: SensorHub, guarantee: 'exactly_once' | 'at_least_once') {
    this.#sensors = sensors
    this.#guarantee = guarantee
  }

  consumed(batch: Fetched): void {
    if (!this.#sensors.active.onConsumed) return
    const { topic, partition, nextOffset, endOffset, sizeBytes, records } = batch
    this.#sensors.onConsumed({
      topic,
      partition,
      records: records.length,
      bytes: sizeBytes,
      nextOffset,
      ...(endOffset === undefined ? {} : { endOffset }),
    })
  }

  worked(task: Task): void {
    if (!this.#sensors.active.onProcessed) return
    for (const input of task.inputs) {
      const { records, failed } = input.takeCompleted()
      if (records === 0) continue
      this.#sensors.onProcessed({ task: task.id, topic: input.topic, partition: input.partition, records, failed })
    }
  }

  get watchesRecords(): boolean {
    return this.#sensors.active.onRecordProcessed
  }

  recordDone(task: Task, input: TaskInput, offset: number, durationMs: number, outcome: RecordOutcome): void {
    const { topic, partition } = input
    this.#sensors.onRecordProcessed({ task: task.id, topic, partition, offset, outcome, durationMs })
  }

  cutStarted(cuts: readonly TaskCut[]): void {
    this.#cut++
    // What a cut takes has been told before, also by the last cut, behind which no turn of work comes.
    for (const { task } of cuts) this.worked(task)
    const { active } = this.#sensors
    this.#current = undefined
    if (!active.onCutStart && !active.onCutEnd) return
    let records = 0
    let rows = 0
    let outputs = 0
    for (const cut of cuts) {
      for (const { topic, offset } of cut.offsets) {
        const input = cut.task.inputs.find((candidate) => candidate.topic === topic)
        if (input !== undefined) records += offset - input.committed
      }
      for (const { layer } of cut.layers) rows += layer.size
      for (const batch of cut.out) outputs += batch.records.length
    }
    this.#current = {
      cut: this.#cut,
      guarantee: this.#guarantee,
      tasks: cuts.map((cut) => cut.task.id),
      records,
      rows,
      outputs,
    }
    if (active.onCutStart) this.#sensors.onCutStart(this.#current)
  }

  cutStep(step: CutStep): void {
    if (this.#sensors.active.onCutStep) this.#sensors.onCutStep({ cut: this.#cut, step })
  }

  cutEnded(cuts: readonly TaskCut[], outcome: CutOutcome, timing: CutTiming): void {
    if (this.#sensors.active.onProduced && outcome.kind === 'committed') {
      // Under at_least_once outputs do not wait for their cut.
      if (this.#guarantee === 'exactly_once') this.sent(mergeBatches(cuts.flatMap((cut) => cut.out)))
      this.#changelogsProduced(cuts)
    }
    if (!this.#sensors.active.onCutEnd || this.#current === undefined) return
    this.#sensors.onCutEnd({
      ...this.#current,
      outcome: outcome.kind,
      durationMs: timing.commitMs + timing.applyMs,
      ...timing,
      ...(outcome.kind === 'committed' ? {} : { error: outcome.cause }),
    })
  }

  /** Outputs are in the log. */
  sent(batches: readonly StagedBatch[]): void {
    if (!this.#sensors.active.onProduced) return
    for (const batch of batches) {
      let bytes = 0
      for (const record of batch.records) bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
      const role: TopicRole = batch.records[0]?.topic.role ?? 'user'
      const { topic, partition, records } = batch
      this.#sensors.onProduced({ topic, partition, records: records.length, bytes, purpose: purposes[role] })
    }
  }

  #changelogsProduced(cuts: readonly TaskCut[]): void {
    for (const { rows, layer } of cuts.flatMap((cut) => cut.layers)) {
      let bytes = 0
      for (const entry of layer.values()) bytes += entry.sizeBytes
      this.#sensors.onProduced({
        topic: rows.table.changelog.name,
        partition: rows.partition,
        records: layer.size,
        bytes,
        purpose: 'changelog',
      })
    }
  }

  rebalance(
    kind: 'assigned' | 'revoked' | 'lost',
    partitions: readonly TopicPartition[],
    durationMs: number,
    generation?: number,
  ): void {
    if (!this.#sensors.active.onRebalance) return
    this.#sensors.onRebalance({ kind, partitions, durationMs, ...(generation === undefined ? {} : { generation }) })
  }

  recovery(
    id: Pick<TaskId, 'id' | 'partition'>,
    table: string,
    phase: 'start' | 'progress' | 'end',
    progress: RecoveryProgress,
    durationMs: number,
  ): void {
    if (!this.#sensors.active.onRecovery) return
    const { position, end, rows } = progress
    this.#sensors.onRecovery({
      phase,
      task: id.id,
      table,
      partition: id.partition,
      position,
      endOffset: end,
      records: rows,
      durationMs,
    })
  }

  error(
    error: StreamError,
    consequence: 'retry' | 'skip' | 'dead-letter' | 'task-closed' | 'app-failed' | 'reported',
  ): void {
    if (this.#sensors.active.onError) this.#sensors.onError({ error, consequence })
  }
}
