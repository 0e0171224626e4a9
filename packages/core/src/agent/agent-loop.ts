import { describeThrown, StreamError, type StreamErrorCode } from '../errors/index.ts'
import type { Clock, Timer } from '../service/index.ts'
import type { Processor, ScopedEvent, TaskContext } from '../topology/index.ts'
import type { GroupedLoop } from './loop-group.ts'
import { LoopInstance } from './loop-instance.ts'
import type { Restarts } from './restarts.ts'
import { runLoop } from './run-loop.ts'
import type { Emit } from './sinks.ts'
import type { Supervision } from './supervision.ts'

/** What an agent's loop is made of. */
export interface AgentLoopOptions {
  readonly agent: string
  readonly task: TaskContext
  /** Calls the agent's function. */
  readonly run: (instance: LoopInstance) => unknown
  readonly emit: Emit | undefined
  readonly supervision: Supervision
  readonly restarts: Restarts
  readonly clock: Clock
}

/**
 * An agent inside one task. Its function starts with the first record and is replaced when it throws; a record is complete when the
 * function asks for the next one.
 */
export class AgentLoop implements Processor, GroupedLoop {
  readonly #options: AgentLoopOptions
  #instance: LoopInstance | undefined
  /** The record in hand, whether or not the loop has asked for it yet. */
  #event: ScopedEvent | undefined
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #mustReplace = false
  #timer: Timer | undefined
  /** Monotonic time before which the loop may not start again. */
  #startAtMs = Number.NEGATIVE_INFINITY
  #ended: StreamError | undefined
  /** Shared by all records, so that one costs no closure. */
  readonly #keepRecord = (resolve: () => void, reject: (error: unknown) => void): void => {
    this.#resolve = resolve
    this.#reject = reject
  }

  constructor(options: AgentLoopOptions) {
    this.#options = options
    options.supervision.group?.join(this)
  }

  get task(): string {
    return this.#options.task.task
  }

  process(event: ScopedEvent): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (this.#event !== undefined)
      return Promise.reject(this.#error('STREAM_INTERNAL', 'was given two records at once'))
    this.#event = event
    const complete = new Promise<void>(this.#keepRecord)
    if (this.#instance === undefined) this.#start()
    else this.#instance.offer(event)
    return complete
  }

  replace(): void {
    const instance = this.#instance
    if (instance === undefined) return
    if (instance.current === undefined) {
      this.#retire(instance)
      if (this.#event !== undefined) this.#start()
    } else {
      this.#mustReplace = true
    }
  }

  close(): void {
    this.#options.supervision.group?.leave(this)
    this.#timer?.cancel()
    this.#timer = undefined
    this.#ended ??= this.#error('STREAM_CLOSED', 'was closed with its task')
    if (this.#instance !== undefined) this.#retire(this.#instance)
    this.#fail(this.#ended)
  }

  /** Starts a new instance for the record in hand, when supervision lets it. */
  #start(): void {
    const { clock } = this.#options
    const delayMs = this.#startAtMs - clock.monotonicMs()
    if (delayMs <= 0) this.#run()
    else this.#runAfter(Math.ceil(delayMs))
  }

  #runAfter(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = undefined
      this.#run()
    })
  }

  #run(): void {
    const { agent, emit, run } = this.#options
    const instance = new LoopInstance(agent, () => this.#completed(instance))
    this.#instance = instance
    this.#mustReplace = false
    if (this.#event !== undefined) instance.offer(this.#event)
    let running: unknown
    try {
      running = run(instance)
    } catch (error) {
      this.#threw(instance, error)
      return
    }
    runLoop(agent, running, instance, emit).then(
      () => this.#returned(instance),
      (error: unknown) => this.#threw(instance, error),
    )
  }

  /** The loop asked for the next record. */
  #completed(instance: LoopInstance): void {
    if (this.#mustReplace) this.#retire(instance)
    this.#options.restarts.worked()
    this.#event = undefined
    this.#resolve()
  }

  #returned(instance: LoopInstance): void {
    if (instance !== this.#instance) return
    this.#retire(instance)
    this.#failTask(
      this.#error(
        'STREAM_AGENT_ENDED',
        'returned while its task goes on; let its "for await" run, with "continue" to pass over a record and a throw to fail one',
      ),
    )
  }

  #threw(instance: LoopInstance, error: unknown): void {
    if (instance !== this.#instance) return
    const { clock, restarts, supervision, task } = this.#options
    const hadRecord = instance.current !== undefined
    this.#retire(instance)
    supervision.group?.replaceOthers(this)
    if (hadRecord) {
      this.#fail(error)
      if (supervision.strategy !== 'crash') return
      const failure = this.#failure('threw, and its supervision is crash()', error)
      this.#ended = failure
      // Behind the reactions to the record's rejection: its error policy comes first.
      queueMicrotask(() => task.fail(failure))
      return
    }
    const nowMs = clock.monotonicMs()
    const delayMs = restarts.failed(nowMs)
    if (delayMs === undefined) {
      this.#failTask(
        this.#failure(
          'failed outside any record, more often than its supervision allows; mend what it does before its "for await"',
          error,
        ),
      )
      return
    }
    this.#startAtMs = nowMs + delayMs
    if (this.#event === undefined) return
    // Always through a timer: a loop that fails at once must not keep the event loop from turning.
    this.#runAfter(delayMs)
  }

  #retire(instance: LoopInstance): void {
    this.#instance = undefined
    instance.retire()
  }

  /** The record in hand is not complete. */
  #fail(error: unknown): void {
    if (this.#event === undefined) return
    this.#event = undefined
    this.#reject(error)
  }

  /** The task first: what a record meets in a task that has failed is not its own error policy. */
  #failTask(error: StreamError): void {
    this.#ended = error
    this.#options.task.fail(error)
    this.#fail(error)
  }

  #failure(what: string, cause: unknown): StreamError {
    return this.#error('STREAM_HANDLER_FAILED', `${what}: ${describeThrown(cause)}`, cause)
  }

  #error(code: StreamErrorCode, what: string, cause?: unknown): StreamError {
    const { agent, task } = this.#options
    return new StreamError({
      code,
      message: `Agent "${agent}" in task ${task.task} ${what}`,
      cause,
      place: { consumer: agent, task: task.task, partition: task.partition },
    })
  }
}
