import type { StreamError } from '../errors/index.ts'
import type { Invocation } from './invocation.ts'

/**
 * Records that failed for good although their code had succeeded: the broker refused what they sent or wrote. They are remembered over
 * the return to the checkpoint, so that the record meets its error policy instead of failing the same way for ever.
 */
export class FailedRecords {
  readonly #failures = new Map<string, StreamError>()

  get size(): number {
    return this.#failures.size
  }

  remember(topic: string, partition: number, offset: number, consumer: string, error: StreamError): void {
    this.#failures.set(`${topic}/${partition}/${offset}/${consumer}`, error)
  }

  of(invocation: Invocation): StreamError | undefined {
    const { topic, partition, offset, consumer } = invocation
    return this.#failures.get(`${topic}/${partition}/${offset}/${consumer}`)
  }

  /** Everything below the offset is committed and will not run again. */
  forgetBelow(topic: string, partition: number, offset: number): void {
    const prefix = `${topic}/${partition}/`
    for (const key of this.#failures.keys()) {
      if (!key.startsWith(prefix)) continue
      const [failedAt] = key.slice(prefix.length).split('/', 1)
      if (Number(failedAt) < offset) this.#failures.delete(key)
    }
  }
}
