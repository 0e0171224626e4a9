import { deadLetterRecord, type ErrorStep, nextStep } from '../agent/index.ts'
import { StreamError } from '../errors/index.ts'
import { type Clock, type Random, sleep } from '../service/index.ts'
import { Scope, type StagedRecord } from '../state/index.ts'
import type { Invocation } from './invocation.ts'
import type { OutputTopic } from './output-topic.ts'
import type { Task } from './task.ts'

/** What the failure handler needs of the engine. */
export interface FailureHost {
  readonly appId: string
  readonly clock: Clock
  readonly random: Random
  output(topic: string): OutputTopic | undefined
  /** How long a store that is away is waited for. */
  readonly taskTimeoutMs: number
  /** `action` is what the policy decided. */
  onError(error: StreamError, action: 'retry' | 'skip' | 'dead-letter' | 'stop'): void
  /** The policy says stop: the task halts and the app ends as failed. */
  onStop(task: Task, error: StreamError): void
}

const firstStorePauseMs = 100
const longestStorePauseMs = 5000

/**
 * Leads a failed record through its consumer's error policy. A store that cannot be read is no record's fault: that is waited for where it
 * may pass, and stops the task else, whatever the policy, which would skip sound records one after the other.
 */
export class FailureHandler {
  readonly #host: FailureHost

  constructor(host: FailureHost) {
    this.#host = host
  }

  handle(task: Task, invocation: Invocation, thrown: unknown): void {
    const error = located(thrown, this.#host.appId, task, invocation)
    const storeFailure = storeFailureIn(thrown)
    const attempts = storeFailure === undefined ? invocation.attempts + 1 : invocation.attempts
    const { onError } = invocation.consumerRuntime
    // Bytes do not become readable by trying again.
    const attempt = invocation.failure === undefined ? attempts : Number.MAX_SAFE_INTEGER
    const step =
      storeFailure === undefined
        ? nextStep(onError, attempt, this.#host.random)
        : this.#waitForStore(invocation, storeFailure)
    this.#host.onError(error, step.action)
    if (step.action === 'retry') {
      const next = invocation.again()
      next.attempts = attempts
      // A task that is closed waits for no retry: a timer would keep a stopped process alive.
      void sleep(this.#host.clock, step.delayMs, invocation.signal).then(() => {
        if (task.isOpen && task.state !== 'halted') task.runner.run(next)
      })
      return
    }
    if (step.action === 'stop') {
      this.#host.onStop(task, error)
      return
    }
    const scope = new Scope(invocation.input, invocation.offset)
    if (step.action === 'dead-letter') {
      const topic = step.topic?.name ?? `${this.#host.appId}-dead-letter`
      const letter = this.#deadLetter(task, invocation, error, attempts, topic)
      if (letter === undefined) return
      scope.addSend(letter)
    }
    invocation.taskInput.countFailed(invocation.offset, step.action === 'skip' ? 'skipped' : 'dead-lettered')
    task.runner.finish(invocation, scope)
  }

  #waitForStore(invocation: Invocation, failure: StreamError): ErrorStep {
    const nowMs = this.#host.clock.monotonicMs()
    invocation.storeFailedAtMs ??= nowMs
    const waitedMs = nowMs - invocation.storeFailedAtMs
    if (!failure.retryable || waitedMs >= this.#host.taskTimeoutMs) return { action: 'stop' }
    // As long again as it took so far, which doubles with every try.
    return { action: 'retry', delayMs: Math.min(Math.max(firstStorePauseMs, waitedMs), longestStorePauseMs) }
  }

  #deadLetter(
    task: Task,
    invocation: Invocation,
    error: StreamError,
    attempts: number,
    topic: string,
  ): StagedRecord | undefined {
    const output = this.#host.output(topic)
    if (output === undefined) {
      const cause = new StreamError({
        code: 'STREAM_TOPIC_MISSING',
        message: `The dead-letter topic "${topic}" of "${invocation.consumer}" does not exist; declare it with app.topic() or let the app create it`,
        cause: error,
        place: { topic, consumer: invocation.consumer },
      })
      this.#host.onStop(task, cause)
      return undefined
    }
    const letter = deadLetterRecord({
      record: invocation.record,
      topic: invocation.topic,
      partition: invocation.partition,
      error,
      attempts,
      consumer: invocation.consumer,
      nowMs: this.#host.clock.now(),
    })
    try {
      return output.stageBytes(letter, invocation)
    } catch (cause) {
      this.#host.onStop(
        task,
        StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'A dead letter could not be made' }),
      )
      return undefined
    }
  }
}

/** The failure of a store that led to this, also where user code has wrapped it. */
function storeFailureIn(thrown: unknown): StreamError | undefined {
  let cause = thrown
  for (let depth = 0; depth < 16 && cause instanceof Error; depth++) {
    if (StreamError.is(cause) && cause.code === 'STREAM_STORE_FAILED') return cause
    cause = cause.cause
  }
  return undefined
}

/** The error with the place of its record; what user code threw becomes `STREAM_HANDLER_FAILED`. */
function located(thrown: unknown, app: string, task: Task, invocation: Invocation): StreamError {
  const { topic, partition, offset, consumer } = invocation
  const where = `"${consumer}" (${topic}-${partition}, offset ${offset})`
  if (StreamError.is(thrown)) {
    return new StreamError({
      code: thrown.code,
      message: thrown.message.includes(where) ? thrown.message : `${where}: ${thrown.message}`,
      retryable: thrown.retryable,
      cause: thrown,
      place: { app, task: task.id, topic, partition, offset, consumer, ...thrown.place },
    })
  }
  return StreamError.from(thrown, {
    code: 'STREAM_HANDLER_FAILED',
    message: `${where} failed`,
    place: { app, task: task.id, topic, partition, offset, consumer },
  })
}
