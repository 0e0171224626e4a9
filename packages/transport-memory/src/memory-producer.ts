import type { OutBatch, Produced, Producer, ProducerOptions } from '@stream/core/adapter'
import { appendBatch } from './append-batch.ts'
import { closed } from './broker-errors.ts'
import type { Link } from './link.ts'

/** Appends to the embedded log, each batch once however often its answer is lost. */
export class MemoryProducer implements Producer {
  readonly #link: Link
  readonly #options: ProducerOptions
  /** The call before, while calls have to wait: keeps their order. */
  #before: Promise<unknown> | undefined
  isClosed = false

  constructor(link: Link, options: ProducerOptions) {
    this.#link = link
    this.#options = options
  }

  send(batches: readonly OutBatch[]): Promise<readonly Produced[]> {
    if (this.isClosed) return Promise.reject(closed('This producer'))
    const { faults } = this.#link.broker
    const isDirect = this.#link.isDirect && !faults.armed('produce:before') && !faults.armed('produce:after')
    if (isDirect && this.#before === undefined) return this.#append(batches)
    const sent = (this.#before ?? Promise.resolve()).then(() => this.#request(batches))
    const settled = sent.catch(() => {})
    this.#before = settled
    void settled.then(() => {
      if (this.#before === settled) this.#before = undefined
    })
    return this.#link.whileAlive(sent)
  }

  async close(): Promise<void> {
    this.isClosed = true
    if (!this.#link.isDead) await this.#before
  }

  async #append(batches: readonly OutBatch[]): Promise<readonly Produced[]> {
    for (const { topic, partition } of batches) this.#link.broker.partition(topic, partition)
    return batches.map((batch) => appendBatch(this.#link.broker, batch))
  }

  #request(batches: readonly OutBatch[]): Promise<readonly Produced[]> {
    let produced: Promise<readonly Produced[]> | undefined
    return this.#link.call({
      what: 'A send',
      timeoutMs: this.#options.deliveryTimeoutMs,
      before: 'produce:before',
      after: 'produce:after',
      detail: { topics: batches.map((batch) => batch.topic) },
      // Idempotent: a batch that is sent again is known by its sequence number, and answered as before.
      request: () => (produced ??= this.#append(batches)),
    })
  }
}
