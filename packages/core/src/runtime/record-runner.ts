import { describeThrown, StreamError } from '../errors/index.ts'
import { Scope } from '../state/index.ts'
import type { LogRecord } from '../transport/index.ts'
import { type EventSource, Invocation, type TaskConsumer } from './invocation.ts'
import type { TaskInput } from './task-input.ts'

/** How a record came to its end. */
export type RecordOutcome = 'done' | 'skipped' | 'dead-lettered'

/** What the runner tells its task. */
export interface RunnerHost {
  now(): number
  /** A record begins; the answer is the stream time up to it, where the task keeps one. */
  advanceTime(input: TaskInput, record: LogRecord): number | undefined
  /** All consumers of the task. */
  readonly consumers: Iterable<TaskConsumer>
  consumersOf(input: TaskInput): readonly TaskConsumer[]
  channelConsumers(channel: string): readonly TaskConsumer[]
  /** The error policy of the invocation's consumer decides what comes next, through {@link RecordRunner.again} and the like. */
  onFailure(invocation: Invocation, error: unknown): void
  /** A record that failed for good before the task returned to its checkpoint. */
  remembered(invocation: Invocation): StreamError | undefined
  readonly hasRemembered: boolean
  /** Effects of work that belongs to the settled prefix. */
  settle(scope: Scope): void
  /** Effects of completed work that has unfinished work below it. */
  keepApart(scope: Scope): void
  /** Whether work may settle at once: nothing completed stands apart. */
  readonly isInOrder: boolean
  /** Something completed asynchronously: there may be room for more. */
  onProgress(): void
  /** Somebody wants to know of every record. */
  readonly watchesRecords: boolean
  /** A record is complete, by whatever outcome. */
  onRecordDone(input: TaskInput, offset: number, startedAtMs: number, outcome: RecordOutcome): void
}

/**
 * Runs a task's records through their consumers. Synchronous work shares one scope per record and leaves nothing behind but its effects;
 * work that returns a promise gets a scope of its own and is in flight until it, and the messages it sent to channels, are done.
 */
export class RecordRunner {
  readonly #host: RunnerHost
  #scope = new Scope(0, 0)
  /** Invocations whose code is running asynchronously. */
  #running = 0
  #isClosed = false
  #reruns: Invocation[] = []
  /** Conflicted too often: each runs with nothing beside it. */
  readonly #alone: Invocation[] = []
  #runsAlone = false

  constructor(host: RunnerHost) {
    this.#host = host
  }

  /** Whether new records may start. */
  get admits(): boolean {
    return this.#alone.length === 0 && !this.#runsAlone && !this.#isClosed
  }

  close(): void {
    this.#isClosed = true
    this.#reruns = []
  }

  /** Starts the next record of an input; `next` is the position once it is complete. */
  start(input: TaskInput, record: LogRecord, next: number): void {
    let key: unknown = null
    let value: unknown = null
    let failure: StreamError | undefined
    let part: 'key' | 'value' = 'key'
    try {
      if (record.key !== null) key = input.declaration.key.deserialize(record.key)
      part = 'value'
      if (record.value !== null) value = input.declaration.value.deserialize(record.value)
    } catch (cause) {
      failure = undecodable(cause, input, record, part)
    }
    const scope = this.#scope
    scope.reset(input.index, record.offset)
    const tracker = input.tracker
    const streamTimeMs = this.#host.advanceTime(input, record)
    const startedAtMs = this.#host.watchesRecords ? this.#host.now() : 0
    let slot = -1
    const consumers = this.#host.consumersOf(input)
    for (const consumer of consumers) {
      const invocation = new Invocation(consumer, input, record, record, key, value)
      invocation.streamTimeMs = streamTimeMs
      const mustWait = failure !== undefined || this.#host.hasRemembered || !consumer.isFree(invocation)
      if (mustWait) {
        if (slot === -1) slot = tracker.start(record.offset, next, 1, this.#host.now())
        tracker.add(slot, 1)
        invocation.slot = slot
        invocation.failure = failure
        consumer.enqueue(invocation)
        continue
      }
      const pending = this.#tryAtOnce(invocation, scope)
      if (pending === undefined) continue
      if (slot === -1) slot = tracker.start(record.offset, next, 1, this.#host.now())
      tracker.add(slot, 1)
      invocation.slot = slot
      this.#goAsync(invocation, pending)
    }
    if (slot === -1 && tracker.isEmpty && this.#host.isInOrder && scope.messages.length === 0) {
      this.#host.settle(scope)
      tracker.pass(next)
      input.countCompleted()
      if (this.#host.watchesRecords) this.#host.onRecordDone(input, record.offset, startedAtMs, 'done')
      return
    }
    if (slot === -1) slot = tracker.start(record.offset, next, 1, this.#host.now())
    if (!scope.isEmpty) this.#scope = new Scope(0, 0)
    this.#complete(scope, input, slot, record)
    for (const consumer of consumers) this.#startWaiting(consumer)
  }

  /** Runs a consumer inside the record's scope; returns what is left to wait for. */
  #tryAtOnce(invocation: Invocation, scope: Scope): Pending | undefined {
    const mark = scope.mark()
    invocation.scope = scope
    try {
      const promise = invocation.consumerRuntime.processor.process(invocation)
      if (promise === undefined) {
        invocation.scope = undefined
        return undefined
      }
      invocation.scope = scope.split(mark)
      return { promise }
    } catch (error) {
      scope.rollback(mark)
      invocation.scope = undefined
      return { error }
    }
  }

  #goAsync(invocation: Invocation, pending: Pending): void {
    invocation.consumerRuntime.begin(invocation)
    this.#running++
    if (pending.promise === undefined) this.#failed(invocation, pending.error)
    else this.#await(invocation, pending.promise)
  }

  #await(invocation: Invocation, promise: Promise<void>): void {
    invocation.scope?.startTracking()
    promise.then(
      () => this.#finished(invocation),
      (error: unknown) => this.#failed(invocation, error),
    )
  }

  /** Runs an invocation under a scope of its own; it counts as running already. */
  run(invocation: Invocation): void {
    if (this.#isClosed) return
    const failure = invocation.failure ?? (this.#host.hasRemembered ? this.#host.remembered(invocation) : undefined)
    if (failure !== undefined) {
      this.#failed(invocation, failure)
      return
    }
    invocation.scope = new Scope(invocation.input, invocation.offset)
    try {
      const promise = invocation.consumerRuntime.processor.process(invocation)
      if (promise === undefined) this.#finished(invocation)
      else this.#await(invocation, promise)
    } catch (error) {
      this.#failed(invocation, error)
    }
  }

  #failed(invocation: Invocation, error: unknown): void {
    if (this.#isClosed) return
    const scope = invocation.scope
    invocation.scope = undefined
    scope?.stopTracking()
    // What failed after reading what another record changed has seen a state that never was.
    if (scope?.isConflicted === true) this.#rerun(invocation)
    else this.#host.onFailure(invocation, error)
  }

  #finished(invocation: Invocation): void {
    if (this.#isClosed) return
    const scope = invocation.scope
    if (scope === undefined) return
    invocation.scope = undefined
    scope.stopTracking()
    if (scope.isConflicted) this.#rerun(invocation)
    else this.finish(invocation, scope)
  }

  /** Runs an invocation again, in offset order with others of this turn; alone after the third time. */
  #rerun(invocation: Invocation): void {
    this.#runsAlone = false
    const next = invocation.again()
    next.reruns++
    if (next.reruns > 3) {
      this.#running--
      this.#alone.push(next)
      this.#alone.sort((a, b) => a.offset - b.offset)
      this.#runAlone()
      return
    }
    this.#reruns.push(next)
    if (this.#reruns.length > 1) return
    queueMicrotask(() => {
      const due = this.#reruns.sort((a, b) => a.offset - b.offset)
      this.#reruns = []
      for (const invocation of due) this.run(invocation)
    })
  }

  #runAlone(): void {
    if (this.#running > 0 || this.#runsAlone) return
    const invocation = this.#alone.shift()
    if (invocation === undefined) return
    this.#runsAlone = true
    this.#running++
    this.run(invocation)
  }

  /** An invocation is done for good, with these effects. */
  finish(invocation: Invocation, scope: Scope): void {
    const ranAlone = this.#runsAlone
    this.#running--
    this.#runsAlone = false
    invocation.consumerRuntime.finish(invocation)
    this.#complete(scope, invocation.taskInput, invocation.slot, invocation.record)
    if (this.#isClosed) return
    this.#runAlone()
    // Everybody had to wait for what ran alone, not only those of its consumer.
    if (ranAlone) this.#startAllWaiting()
    else this.#startWaiting(invocation.consumerRuntime)
    this.#host.onProgress()
  }

  #startWaiting(consumer: TaskConsumer): void {
    while (this.admits) {
      const next = consumer.next()
      if (next === undefined) return
      this.#running++
      this.run(next)
    }
  }

  /** One part of a record is complete: its effects go where its place in the order allows. */
  #complete(scope: Scope, input: TaskInput, slot: number, record: LogRecord): void {
    const messages = scope.takeMessages()
    const spawned: Invocation[] = []
    for (const message of messages) {
      const source: EventSource = { timestamp: message.timestamp, headers: message.headers }
      for (const consumer of this.#host.channelConsumers(message.channel.name)) {
        const invocation = new Invocation(consumer, input, record, source, message.key, message.value)
        invocation.slot = slot
        invocation.streamTimeMs = message.streamTimeMs
        spawned.push(invocation)
      }
    }
    if (spawned.length > 0) input.tracker.add(slot, spawned.length)
    const settles = this.#host.isInOrder && input.tracker.isLastPartOfOldest(slot)
    if (settles) this.#host.settle(scope)
    else if (!scope.isEmpty) this.#host.keepApart(scope)
    const startedAtMs = this.#host.watchesRecords ? input.tracker.startedAtMs(slot) : 0
    if (input.tracker.finish(slot)) {
      input.countCompleted()
      const outcome = input.takeOutcome(record.offset)
      if (this.#host.watchesRecords) this.#host.onRecordDone(input, record.offset, startedAtMs, outcome)
    }
    for (const invocation of spawned) {
      invocation.consumerRuntime.enqueue(invocation)
      this.#startWaiting(invocation.consumerRuntime)
    }
  }

  /** Starts what waits, after something kept it from starting. */
  resume(): void {
    this.#runAlone()
    this.#startAllWaiting()
  }

  #startAllWaiting(): void {
    for (const consumer of this.#host.consumers) this.#startWaiting(consumer)
  }
}

interface Pending {
  readonly promise?: Promise<void>
  readonly error?: unknown
}

function undecodable(cause: unknown, input: TaskInput, record: LogRecord, part: 'key' | 'value'): StreamError {
  const { topic, partition, declaration } = input
  const { offset } = record
  return new StreamError({
    code: 'STREAM_DESERIALIZATION_FAILED',
    message: `The ${part} of a record could not be decoded by ${declaration[part].name}: ${describeThrown(cause)}`,
    cause,
    place: { topic, partition, offset, part },
  })
}
