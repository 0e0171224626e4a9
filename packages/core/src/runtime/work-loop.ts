import type { Clock } from '../service/index.ts'
import type { Fetched, GroupConsumer } from '../transport/index.ts'
import type { CommitProtocol } from './commit-protocol.ts'
import type { Task } from './task.ts'
import type { TaskInput } from './task-input.ts'
import type { TaskRegistry } from './task-registry.ts'
import type { Waits } from './waits.ts'

/** What the loop needs of the engine. */
export interface WorkLoopHost {
  readonly clock: Clock
  readonly registry: TaskRegistry
  readonly protocol: CommitProtocol
  readonly waits: Waits
  readonly sliceMs: number
  readonly fetchWaitMs: number
  readonly bufferedBytesPerPartition: number
  readonly maxStagedBytes: number
  consumer(): GroupConsumer
  /** Cuts everything; resolves when that is done. */
  cutNow(): Promise<void>
  onConsumed(batch: Fetched): void
  /** A turn of work on a task is over. */
  onWorked(task: Task): void
  /** A partition cannot be read from where it stands. */
  onFetchError(task: Task, input: TaskInput, batch: Fetched): void
}

/** Fetches, hands batches to their tasks, and gives tasks their turns; the event loop gets a turn at least every `sliceMs`. */
export class WorkLoop {
  readonly #host: WorkLoopHost
  #isStopped = false
  #done: Promise<void> | undefined
  #lastTurnAtMs = 0
  #firstTask = 0
  #isWakeScheduled = false

  constructor(host: WorkLoopHost) {
    this.#host = host
  }

  start(onError: (error: unknown) => void): void {
    this.#lastTurnAtMs = this.#host.clock.monotonicMs()
    this.#done = this.#run().catch((error: unknown) => {
      // A poll that the end of the consumer cut short.
      if (!this.#isStopped) onError(error)
    })
  }

  /** Takes no further batches; resolves when the loop has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
  }

  async #run(): Promise<void> {
    const { fetchWaitMs, waits } = this.#host
    while (!this.#isStopped) {
      const polled = this.#host.consumer().poll({ maxWaitMs: fetchWaitMs })
      const batches = await waits.until(polled, 'the consumer to answer a poll', {}, fetchWaitMs)
      if (this.#isStopped) return
      for (const batch of batches) this.#conduct(batch)
      await this.#work()
      await this.#giveTurn(false)
    }
  }

  /** Hands a batch to its task, unless it belongs to an assignment that is over. */
  #conduct(batch: Fetched): void {
    const target = this.#host.registry.inputOf(batch)
    if (target === undefined || batch.assignment < target.input.generation) return
    if (batch.error !== undefined) {
      this.#host.onFetchError(target.task, target.input, batch)
      return
    }
    this.#host.onConsumed(batch)
    target.input.add(batch)
    if (target.input.bufferedBytes > this.#host.bufferedBytesPerPartition) this.#pause(target.input)
  }

  #pause(input: TaskInput): void {
    if (input.isPaused) return
    input.isPaused = true
    this.#host.consumer().pause([input])
  }

  /** Works until tasks have nothing to do, or wait for something. */
  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const ranOutOfTime = this.#workOneSlice()
      if (this.#isFull()) await this.#host.cutNow()
      if (!ranOutOfTime) return
      await this.#giveTurn(true)
    }
  }

  /** Gives every task a share of one slice; true where one of them could go on. */
  #workOneSlice(): boolean {
    const { clock, registry, sliceMs, protocol } = this.#host
    const tasks = [...registry.tasks.values()]
    if (tasks.length === 0) return false
    const untilMs = clock.monotonicMs() + sliceMs
    const isFull = this.#isFull()
    let ranOutOfTime = false
    this.#firstTask = (this.#firstTask + 1) % tasks.length
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[(this.#firstTask + i) % tasks.length]!
      if (!isFull && task.run(untilMs)) ranOutOfTime = true
      if (protocol.hasRoom && task.state !== 'suspended') protocol.send(task, task.outbox.take())
      this.#host.onWorked(task)
      for (const input of task.inputs) this.#resumeIfRoom(input)
    }
    return ranOutOfTime
  }

  #resumeIfRoom(input: TaskInput): void {
    if (!input.isPaused || input.bufferedBytes > this.#host.bufferedBytesPerPartition / 2) return
    input.isPaused = false
    this.#host.consumer().resume([input])
  }

  /** As much is staged as may be: no record starts before a cut has made room, however long the log is away. */
  #isFull(): boolean {
    let bytes = this.#host.protocol.unacknowledgedBytes
    for (const task of this.#host.registry.tasks.values()) bytes += task.stagedBytes
    return bytes > this.#host.maxStagedBytes
  }

  /** Something completed, or made room: tasks may go on before the next batch comes. */
  wake(): void {
    if (this.#isWakeScheduled) return
    this.#isWakeScheduled = true
    // Promises that settle one another keep the turn for as long as there is work, so it has to be given away.
    if (this.#host.clock.monotonicMs() - this.#lastTurnAtMs < this.#host.sliceMs) {
      queueMicrotask(() => this.#wakened())
      return
    }
    setImmediate(() => {
      this.#lastTurnAtMs = this.#host.clock.monotonicMs()
      this.#wakened()
    })
  }

  #wakened(): void {
    this.#isWakeScheduled = false
    if (this.#workOneSlice()) this.wake()
  }

  /** A turn for timers and sockets, where this one has lasted long enough or `isDue` says so. */
  async #giveTurn(isDue: boolean): Promise<void> {
    const nowMs = this.#host.clock.monotonicMs()
    if (!isDue && nowMs - this.#lastTurnAtMs < this.#host.sliceMs) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#lastTurnAtMs = this.#host.clock.monotonicMs()
  }
}
