import { StreamError } from '@stream/core'
import type { OutBatch, Producer } from '@stream/core/adapter'
import { type MemoryLog, type MemoryTransport, memory } from '@stream/transport-memory'

/** The world around the app: it reaches the log by a way of its own, which no crash of a worker touches. */
export class Outside {
  readonly #log: MemoryLog
  readonly #transport: MemoryTransport
  #producer: Producer | undefined
  #pending = 0
  #refused: StreamError | undefined

  constructor(log: MemoryLog) {
    this.#log = log
    this.#transport = memory({ log })
  }

  async open(): Promise<void> {
    await this.#transport.open({ log: () => undefined })
    this.#producer = this.#transport.producer({ deliveryTimeoutMs: 120_000 })
  }

  /** Whether records are on their way to the log. */
  get isSending(): boolean {
    return this.#pending > 0
  }

  /** Whether the log has refused records since the last {@link Outside.takeRefusal}. */
  get wasRefused(): boolean {
    return this.#refused !== undefined
  }

  takeRefusal(): StreamError | undefined {
    const refused = this.#refused
    this.#refused = undefined
    return refused
  }

  /** How many partitions a topic has. Throws `STREAM_TOPIC_MISSING`. */
  partitionsOf(topic: string): number {
    for (let count = 0; ; count += 1) {
      try {
        this.#log.offsets(topic, count)
      } catch (thrown) {
        if (count > 0) return count
        throw thrown
      }
    }
  }

  /** Sends in the order of the calls; a log that answers at once has the records when this returns. */
  produce(batches: readonly OutBatch[]): void {
    if (this.#producer === undefined) return
    this.#pending += 1
    const settled = (error: StreamError | undefined): void => {
      this.#pending -= 1
      this.#refused ??= error
    }
    this.#producer.send(batches).then(
      (produced) => settled(produced.find(({ error }) => error !== undefined)?.error),
      (cause: unknown) =>
        settled(StreamError.from(cause, { code: 'STREAM_INTERNAL', message: 'Records could not be piped in' })),
    )
  }

  /** Lets go of the log, without a word. */
  drop(): void {
    this.#log.crash(this.#transport)
  }
}
