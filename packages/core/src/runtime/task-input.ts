import type { TopicDeclaration } from '../topology/index.ts'
import type { Fetched, LogRecord, TopicPartition } from '../transport/index.ts'
import { InFlightTracker } from './in-flight-tracker.ts'

/** One source partition of a task: what is buffered of it, and what of it is in flight. */
export class TaskInput implements TopicPartition {
  readonly index: number
  readonly declaration: TopicDeclaration
  readonly topic: string
  readonly partition: number
  readonly tracker: InFlightTracker
  /** Last committed position. */
  committed: number
  /** Where the next fetched batch has to begin, at the latest. */
  fetchPosition: number
  /** Group generation from which on it is owned; batches fetched under an older one are dropped. */
  generation = 0
  bufferedBytes = 0
  isPaused = false
  #completed = 0
  #failed = 0
  /** Of the last record of the last batch that was started as a whole. */
  #startedTimestamp = 0
  /** Of records in flight that failed for good. */
  readonly #outcomes = new Map<number, 'skipped' | 'dead-lettered'>()
  #queue: Fetched[] = []
  #cursor = 0

  constructor(index: number, declaration: TopicDeclaration, partition: number, position: number) {
    this.index = index
    this.declaration = declaration
    this.topic = declaration.name
    this.partition = partition
    this.tracker = new InFlightTracker(position)
    this.committed = position
    this.fetchPosition = position
  }

  /** Buffers a batch; what was seen already is dropped. */
  add(batch: Fetched): void {
    if (batch.nextOffset <= this.fetchPosition) return
    this.fetchPosition = batch.nextOffset
    if (batch.records.length === 0) {
      this.#skipHole(batch.nextOffset)
      return
    }
    this.#queue.push(batch)
    this.bufferedBytes += batch.sizeBytes
  }

  /**
   * Goes on elsewhere, because the log does not hold the position. Forward it is a hole; backward, where the log is a new one, only when
   * nothing of the old one is under way: false then.
   */
  restartAt(offset: number): boolean {
    if (offset >= this.fetchPosition) {
      this.fetchPosition = offset
      this.#skipHole(offset)
      return true
    }
    const isUnderWay = this.hasRecords || !this.tracker.isEmpty || this.tracker.position !== this.committed
    if (isUnderWay) return false
    this.fetchPosition = offset
    this.committed = offset
    this.tracker.pass(offset)
    return true
  }

  #skipHole(next: number): void {
    if (this.#queue.length === 0) this.tracker.passHole(next)
    else {
      const last = this.#queue[this.#queue.length - 1]!
      this.#queue[this.#queue.length - 1] = { ...last, nextOffset: next }
    }
  }

  get hasRecords(): boolean {
    return this.#queue.length > 0
  }

  /** Timestamp of the next record to start, else of the newest one in work; undefined where neither is there. */
  get oldestWaitingTimestamp(): number | undefined {
    return this.peek()?.timestamp ?? (this.tracker.isEmpty ? undefined : this.#startedTimestamp)
  }

  /** The next record to start; undefined when nothing is buffered. */
  peek(): LogRecord | undefined {
    const batch = this.#queue[0]
    return batch?.records[this.#cursor]
  }

  /** Position once the record that {@link TaskInput.peek} shows is complete. */
  get positionAfterPeeked(): number {
    const batch = this.#queue[0]!
    return this.#cursor === batch.records.length - 1 ? batch.nextOffset : batch.records[this.#cursor]!.offset + 1
  }

  /** Steps over the record that {@link TaskInput.peek} shows. */
  advance(): void {
    const batch = this.#queue[0]!
    if (++this.#cursor < batch.records.length) return
    this.#startedTimestamp = batch.records[batch.records.length - 1]!.timestamp
    this.#queue.shift()
    this.#cursor = 0
    this.bufferedBytes -= batch.sizeBytes
  }

  /** One record is complete. */
  countCompleted(): void {
    this.#completed++
  }

  /** One consumer's work on a record failed for good, and was skipped or became a dead letter. */
  countFailed(offset: number, outcome: 'skipped' | 'dead-lettered'): void {
    this.#failed++
    this.#outcomes.set(offset, outcome)
  }

  /** How the record at an offset came to its end; asked once. */
  takeOutcome(offset: number): 'done' | 'skipped' | 'dead-lettered' {
    if (this.#outcomes.size === 0) return 'done'
    const outcome = this.#outcomes.get(offset) ?? 'done'
    this.#outcomes.delete(offset)
    return outcome
  }

  /** What completed since the last call. */
  takeCompleted(): { readonly records: number; readonly failed: number } {
    const taken = { records: this.#completed, failed: this.#failed }
    this.#completed = 0
    this.#failed = 0
    return taken
  }

  /** Drops what is buffered and not started. */
  clear(): void {
    this.#queue = []
    this.#cursor = 0
    this.bufferedBytes = 0
  }
}
