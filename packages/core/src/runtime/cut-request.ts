import { StreamError } from '../errors/index.ts'
import type { Entry } from '../state/index.ts'
import type { OutBatch, TopicPartitionOffset } from '../transport/index.ts'
import { mergeBatches, type StagedBatch } from './outbox.ts'
import type { TaskCut } from './task.ts'

/** The record that caused what the broker refused. */
export interface RefusedOrigin {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly consumer: string
}

/** A cut of several tasks in the form the log takes it. */
export interface CutRequest {
  readonly cuts: readonly TaskCut[]
  readonly outputs: readonly StagedBatch[]
  /** Changelog rows, each dirty key once. */
  readonly changelogs: readonly OutBatch[]
  readonly offsets: readonly TopicPartitionOffset[]
}

/** Puts the cuts of several tasks together. `nowMs`: the append time of changelog rows. */
export function cutRequest(cuts: readonly TaskCut[], nowMs: number): CutRequest {
  return {
    cuts,
    outputs: mergeBatches(cuts.flatMap((cut) => cut.out)),
    changelogs: cuts.flatMap((cut) => changelogBatches(cut, nowMs)),
    offsets: cuts.flatMap((cut) => cut.offsets),
  }
}

function changelogBatches(cut: TaskCut, nowMs: number): OutBatch[] {
  return cut.layers.map(({ rows, layer }) => ({
    topic: rows.table.changelog.name,
    partition: rows.partition,
    records: Array.from(layer.values(), (entry) => ({ key: entry.keyBytes, value: entry.bytes, timestamp: nowMs })),
  }))
}

/** Which record of which input caused a refused record; `batch` counts over outputs and then changelogs. */
export function originOf(request: CutRequest, batch: number, record: number): RefusedOrigin | undefined {
  if (batch < request.outputs.length) {
    const staged = request.outputs[batch]?.records[record]
    const cut = request.cuts.find((candidate) => candidate.out.some((own) => own.records.includes(staged!)))
    return staged === undefined || cut === undefined ? undefined : placed(cut, staged)
  }
  const layers = request.cuts.flatMap((cut) => cut.layers.map(({ layer }) => ({ cut, layer })))
  const found = layers[batch - request.outputs.length]
  if (found === undefined) return undefined
  const entry: Entry | undefined = [...found.layer.values()][record]
  return entry === undefined ? undefined : placed(found.cut, entry)
}

function placed(
  cut: TaskCut,
  origin: { readonly input: number; readonly offset: number; readonly consumer: string },
): RefusedOrigin | undefined {
  const input = cut.task.inputs[origin.input]
  if (input === undefined) return undefined
  return { topic: input.topic, partition: input.partition, offset: origin.offset, consumer: origin.consumer }
}

/** The error that a record meets whose output was refused. */
export function refusalError(origin: RefusedOrigin, cause: StreamError): StreamError {
  return new StreamError({
    code: cause.code,
    message:
      `What "${origin.consumer}" wrote for the record at ${origin.topic}-${origin.partition}, offset ${origin.offset}, was refused by the ` +
      `log: ${cause.message}`,
    cause,
    place: { ...origin },
  })
}
