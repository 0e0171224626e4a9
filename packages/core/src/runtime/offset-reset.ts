import { StreamError } from '../errors/index.ts'
import { type Clock, retryPassing } from '../service/index.ts'
import type { Fetched, GroupConsumer, Reader } from '../transport/index.ts'
import type { Task } from './task.ts'
import type { TaskInput } from './task-input.ts'

/** What a reset needs of the engine. */
export interface ResetHost {
  readonly outOfRangeReset: 'earliest' | 'latest' | 'fail'
  readonly clock: Clock
  /** How long temporary trouble is retried. */
  readonly taskTimeoutMs: number
  readonly reader: Reader
  consumer(): GroupConsumer
  log(level: 'warn', message: string): void
  fail(error: StreamError): void
}

/**
 * A position that the log does not hold: retention was quicker than the app, or the topic was made anew. The partition goes on where
 * `outOfRangeReset` says; what was committed stays committed.
 */
export async function resetOffset(task: Task, input: TaskInput, batch: Fetched, host: ResetHost): Promise<void> {
  const { outOfRangeReset, reader, clock, taskTimeoutMs } = host
  const error = batch.error ?? new StreamError({ code: 'STREAM_INTERNAL', message: 'A batch without records' })
  if (error.code !== 'STREAM_OFFSET_OUT_OF_RANGE') {
    host.fail(error)
    return
  }
  const place = { topic: input.topic, partition: input.partition }
  if (outOfRangeReset === 'fail') {
    host.fail(
      new StreamError({
        code: error.code,
        message:
          `Position ${input.fetchPosition} of ${place.topic}-${place.partition} is outside of the log, so records may be lost (${error.message}), and outOfRangeReset is "fail". ` +
          'Find out why; then set outOfRangeReset to "earliest" or "latest" for a start, or reset the offsets of the group',
        cause: error,
        place: { ...error.place, ...place, task: task.id, offset: input.fetchPosition },
      }),
    )
    return
  }
  try {
    const [found] = await retryPassing(
      () =>
        outOfRangeReset === 'earliest' ? reader.startOffsets([place]) : reader.endOffsets([place], 'read_committed'),
      { clock, giveUpAtMs: clock.monotonicMs() + taskTimeoutMs, firstPauseMs: 100, signal: task.signal },
    )
    if (found === undefined) throw error
    if (task.state !== 'running') return
    const from = input.fetchPosition
    if (!input.restartAt(found.offset)) throw error
    host.log(
      'warn',
      `Position ${from} of ${place.topic}-${place.partition} is outside of the log; it goes on at ${found.offset}, as outOfRangeReset (${outOfRangeReset}) says`,
    )
    host.consumer().seek([found])
  } catch (thrown) {
    if (task.isOpen) host.fail(StreamError.from(thrown, { code: error.code, message: error.message }))
  }
}
