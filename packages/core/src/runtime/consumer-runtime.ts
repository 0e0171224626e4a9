import { StreamError } from '../errors/index.ts'
import type { RowAccess } from '../state/index.ts'
import type { ConsumerDeclaration, ErrorPolicy, Processor } from '../topology/index.ts'
import type { OutputTopic } from './output-topic.ts'

/** What a consumer may reach in its task. */
export interface ConsumerReach {
  readonly outputs: ReadonlyMap<string, OutputTopic>
  readonly channels: ReadonlySet<string>
  readonly tables: ReadonlyMap<string, RowAccess>
  /** Aborts when the task is closed. */
  readonly signal: AbortSignal
}

/** A consumer of low concurrency looks this many records ahead, so that it holds others of its topic back only when it is far behind. */
const leastAhead = 64

/** Work that has a place in the order per key. */
export interface OrderedWork {
  /** Equal exactly when the keys are equal; undefined for a null key, which has no place. */
  readonly orderKey: string | undefined
}

/**
 * One consumer inside one task: how many of its invocations run, and who waits for whom. Invocations of one key run in offset order;
 * with concurrency 1 all do.
 */
export class ConsumerRuntime<Work extends OrderedWork> {
  readonly name: string
  readonly processor: Processor
  readonly onError: ErrorPolicy
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly #reach: ConsumerReach
  /** Keys with work that runs or waits, and the work that waits for it. */
  readonly #byKey = new Map<string, Work[]>()
  /** Next in line as soon as there is room. */
  #ready: Work[] = []
  #readyFrom = 0
  #running = 0
  #blocked = 0

  constructor(declaration: ConsumerDeclaration, processor: Processor, reach: ConsumerReach) {
    this.name = declaration.name
    this.processor = processor
    this.onError = declaration.onError
    this.concurrency = declaration.concurrency
    this.signal = reach.signal
    this.#reach = reach
  }

  get readyCount(): number {
    return this.#ready.length - this.#readyFrom
  }

  /** Nothing runs or waits: the next record needs no queue. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#ready.length === this.#readyFrom
  }

  get hasRoom(): boolean {
    return this.#running < this.concurrency
  }

  /** Whether more records should be handed in: enough to keep all slots busy under skewed keys, little enough to stay small. */
  get admits(): boolean {
    const ahead = Math.max(this.concurrency, leastAhead)
    return this.readyCount < ahead && this.#blocked < ahead * 16
  }

  /** Takes an invocation whose code is already running asynchronously. */
  begin(invocation: Work): void {
    this.#running++
    const key = this.concurrency > 1 ? invocation.orderKey : undefined
    if (key !== undefined) this.#byKey.set(key, [])
  }

  /** Lines an invocation up behind those of its key, or for the next free slot. */
  enqueue(invocation: Work): void {
    const key = this.concurrency > 1 ? invocation.orderKey : undefined
    if (key !== undefined) {
      const waiting = this.#byKey.get(key)
      if (waiting !== undefined) {
        waiting.push(invocation)
        this.#blocked++
        return
      }
      this.#byKey.set(key, [])
    }
    this.#ready.push(invocation)
  }

  /** The next invocation that may start, if any; it counts as running from now on. */
  next(): Work | undefined {
    if (!this.hasRoom || this.#readyFrom === this.#ready.length) return undefined
    const invocation = this.#ready[this.#readyFrom++]
    if (this.#readyFrom === this.#ready.length) {
      this.#ready = []
      this.#readyFrom = 0
    } else if (this.#readyFrom > 1024) {
      this.#ready = this.#ready.slice(this.#readyFrom)
      this.#readyFrom = 0
    }
    this.#running++
    return invocation
  }

  /** An invocation is complete for good: its key's next one gets in line. */
  finish(invocation: Work): void {
    this.#running--
    const key = this.concurrency > 1 ? invocation.orderKey : undefined
    if (key === undefined) return
    const waiting = this.#byKey.get(key)
    const next = waiting?.shift()
    if (next === undefined) {
      this.#byKey.delete(key)
      return
    }
    this.#blocked--
    this.#ready.push(next)
  }

  /** Whether an invocation may run at once. */
  isFree(invocation: Work): boolean {
    if (this.isIdle) return true
    if (this.concurrency === 1 || !this.hasRoom || this.readyCount > 0) return false
    return invocation.orderKey === undefined || !this.#byKey.has(invocation.orderKey)
  }

  output(topic: string): OutputTopic {
    const output = this.#reach.outputs.get(topic)
    if (output !== undefined) return output
    throw this.#undeclared('STREAM_TOPIC_NOT_DECLARED', 'topic', topic, 'outputs')
  }

  checkChannel(channel: string): void {
    if (!this.#reach.channels.has(channel)) {
      throw this.#undeclared('STREAM_TOPIC_NOT_DECLARED', 'channel', channel, 'outputs')
    }
  }

  access(table: string): RowAccess {
    const access = this.#reach.tables.get(table)
    if (access !== undefined) return access
    throw this.#undeclared('STREAM_TABLE_NOT_DECLARED', 'table', table, 'tables')
  }

  #undeclared(
    code: 'STREAM_TOPIC_NOT_DECLARED' | 'STREAM_TABLE_NOT_DECLARED',
    what: string,
    name: string,
    option: string,
  ): StreamError {
    return new StreamError({
      code,
      message: `"${this.name}" used the ${what} "${name}", which it did not declare; add it to its option "${option}"`,
      place: { consumer: this.name, [what]: name },
    })
  }
}
