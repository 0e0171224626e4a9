import { StreamError } from '../errors/index.ts'
import { type Clock, sleep } from '../service/index.ts'
import type { RowWrite, Store, StorePartition, StorePosition } from '../store/index.ts'
import type { Fetched, Isolation, LogRecord, Reader, TopicPartition, Transport } from '../transport/index.ts'

/** One changelog partition to be replayed into its store partition. */
export interface RecoveryJob {
  readonly changelog: TopicPartition
  readonly store: Store
  readonly rows: StorePartition
  /** Where to begin; undefined: at the beginning of the log. */
  readonly from: number | undefined
  /** How long the store may refuse for reasons that pass, such as a full disk. */
  readonly giveUpAfterMs: number
  /** Ends it: the promise rejects with `STREAM_CLOSED`. */
  readonly signal: AbortSignal
  /** Told once, as soon as it is known where it begins and ends. */
  readonly onStart: (progress: RecoveryProgress) => void
  readonly onProgress: (progress: RecoveryProgress) => void
  /** Which end it goes to. @default read_uncommitted */
  readonly until?: Isolation
  /** Asked for every record before it is a row: throws for one that is none. @default records without a key are passed over */
  readonly check?: (record: LogRecord) => void
}

/** How far a recovery is. */
export interface RecoveryProgress {
  readonly changelog: TopicPartition
  readonly position: number
  readonly end: number
  /** Rows replayed so far. */
  readonly rows: number
}

/** What a finished recovery gives. */
export interface Recovered {
  readonly position: StorePosition
  readonly rows: number
}

interface Running {
  readonly job: RecoveryJob
  readonly end: number
  position: number
  rows: number
  resolve(result: Recovered): void
  reject(error: unknown): void
}

/**
 * The most that is fetched of one changelog, and of all, at a time. More is not faster: what is made of a batch has to die before the
 * collector meets it, and other tasks wait for their turn meanwhile.
 */
const mostPartitionBytes = 256 * 1024
const mostPollBytes = 4 * mostPartitionBytes
/** Replaying pauses for a turn of the event loop when it has taken this long. */
const mostTurnMs = 10

/**
 * Replays changelogs, all that are due through one reader: read-committed, from each store's position to the log end as it was when the
 * replay began. The end is the read-uncommitted one, since the stable offset may still be behind the marker of the transaction that
 * this state belongs to (KAFKA-10167). Positions step over markers and holes, so a log that ends in them is recovered too.
 */
export class Recoverer {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #options: { readonly maxPollBytes: number; readonly maxPartitionBytes: number; readonly fetchWaitMs: number }
  readonly #running = new Map<string, Running>()
  #reader: Reader | undefined
  #loop: Promise<void> | undefined
  #isClosed = false

  constructor(
    transport: Transport,
    clock: Clock,
    options: { readonly maxPollBytes: number; readonly maxPartitionBytes: number; readonly fetchWaitMs: number },
  ) {
    this.#transport = transport
    this.#clock = clock
    this.#options = {
      maxPollBytes: Math.min(options.maxPollBytes, mostPollBytes),
      maxPartitionBytes: Math.min(options.maxPartitionBytes, mostPartitionBytes),
      fetchWaitMs: options.fetchWaitMs,
    }
  }

  /** Resolves when the store partition holds everything up to the log end. */
  async recover(job: RecoveryJob): Promise<Recovered> {
    const reader = this.#open()
    const [end] = await reader.endOffsets([job.changelog], job.until ?? 'read_uncommitted')
    const [start] = await reader.startOffsets([job.changelog])
    job.signal.throwIfAborted()
    if (end === undefined || start === undefined) {
      throw new StreamError({
        code: 'STREAM_TOPIC_MISSING',
        message: `The changelog ${job.changelog.topic}-${job.changelog.partition} has no log; the topic was removed while the app runs`,
        place: { ...job.changelog },
      })
    }
    const from = Math.max(job.from ?? start.offset, start.offset)
    job.onStart({ changelog: job.changelog, position: from, end: end.offset, rows: 0 })
    if (from >= end.offset) {
      return { position: { changelogOffset: end.offset, writtenAtMs: this.#clock.now() }, rows: 0 }
    }
    return new Promise<Recovered>((resolve, reject) => {
      const running: Running = { job, end: end.offset, position: from, rows: 0, resolve, reject }
      this.#running.set(keyOf(job.changelog), running)
      job.signal.addEventListener('abort', () => this.#fail(running, closedError()), { once: true })
      reader.assign([{ ...job.changelog, offset: from }])
      this.#loop ??= this.#run(reader)
    })
  }

  #open(): Reader {
    if (this.#isClosed) throw closedError()
    this.#reader ??= this.#transport.reader({ isolation: 'read_committed', ...this.#options })
    return this.#reader
  }

  async #run(reader: Reader): Promise<void> {
    try {
      while (this.#running.size > 0 && !this.#isClosed) {
        const batches = await reader.poll({ maxWaitMs: this.#options.fetchWaitMs })
        // A batch is for the job it was fetched for, not for one that begins elsewhere in the same log while others are written.
        const jobs = batches.map((fetched) => this.#running.get(keyOf(fetched)))
        let turnAtMs = this.#clock.monotonicMs()
        for (const [index, fetched] of batches.entries()) {
          if (index > 0 && this.#clock.monotonicMs() - turnAtMs >= mostTurnMs) {
            await nextTurn()
            turnAtMs = this.#clock.monotonicMs()
          }
          const running = jobs[index]
          if (running !== undefined && this.#isRunning(running)) await this.#take(reader, running, fetched)
        }
        // A poll that is answered at once must not keep timers and sockets from their turn.
        await nextTurn()
      }
    } catch (error) {
      for (const running of [...this.#running.values()]) this.#fail(running, error)
    } finally {
      this.#loop = undefined
    }
  }

  #isRunning(running: Running): boolean {
    return this.#running.get(keyOf(running.job.changelog)) === running
  }

  async #take(reader: Reader, running: Running, fetched: Fetched): Promise<void> {
    if (fetched.error !== undefined) {
      this.#fail(running, fetched.error)
      return
    }
    if (fetched.nextOffset <= running.position) return
    const writes: RowWrite[] = new Array(fetched.records.length)
    let count = 0
    try {
      for (const record of fetched.records) {
        if (record.offset < running.position) continue
        running.job.check?.(record)
        if (record.key !== null) writes[count++] = [record.key, record.value]
      }
      writes.length = count
      await this.#apply(running, writes, fetched.nextOffset)
    } catch (error) {
      this.#fail(running, error)
      return
    }
    running.position = fetched.nextOffset
    running.rows += count
    if (!this.#isRunning(running)) return
    running.job.onProgress({
      changelog: running.job.changelog,
      position: running.position,
      end: running.end,
      rows: running.rows,
    })
    if (running.position < running.end) return
    this.#end(running)
    reader.unassign([running.job.changelog])
    running.resolve({
      position: { changelogOffset: running.position, writtenAtMs: this.#clock.now() },
      rows: running.rows,
    })
  }

  async #apply(running: Running, rows: readonly RowWrite[], changelogOffset: number): Promise<void> {
    const write = {
      partition: running.job.rows,
      rows,
      position: { changelogOffset, writtenAtMs: this.#clock.now() },
    }
    const giveUpAtMs = this.#clock.monotonicMs() + running.job.giveUpAfterMs
    for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5000)) {
      try {
        await running.job.store.apply([write])
        return
      } catch (error) {
        const isPassing = StreamError.is(error) && error.retryable && this.#clock.monotonicMs() < giveUpAtMs
        if (!isPassing || running.job.signal.aborted) throw error
        await sleep(this.#clock, delayMs, running.job.signal)
      }
    }
  }

  #end(running: Running): void {
    this.#running.delete(keyOf(running.job.changelog))
  }

  #fail(running: Running, error: unknown): void {
    if (!this.#isRunning(running)) return
    this.#end(running)
    this.#reader?.unassign([running.job.changelog])
    running.reject(error)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const running of [...this.#running.values()]) this.#fail(running, closedError())
    await this.#reader?.close()
    await this.#loop
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function keyOf(partition: TopicPartition): string {
  return `${partition.topic}-${partition.partition}`
}

function closedError(): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: 'The recovery ended because its task was closed' })
}
