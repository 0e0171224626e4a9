import { StreamError } from '../errors/index.ts'
import type { EventHolder } from '../table/index.ts'
import type { ScopedEvent } from '../topology/index.ts'
import { end, type RecordSource } from './event-stream.ts'

/**
 * One run of an agent's function: hands it the records it asks for, one at a time. Retired, it answers with the end, and its tables and
 * its stream are dead, whatever its function still does.
 */
export class LoopInstance implements EventHolder, RecordSource {
  readonly #agent: string
  readonly #onComplete: () => void
  #offered: ScopedEvent | undefined
  #current: ScopedEvent | undefined
  #isRetired = false
  #answer: ((result: IteratorResult<unknown, undefined>) => void) | undefined
  #project: (event: ScopedEvent) => unknown = (event) => event
  /** Shared by all promises of the loop, so that a record costs no closure. */
  readonly #keepAnswer = (resolve: (result: IteratorResult<unknown, undefined>) => void): void => {
    this.#answer = resolve
  }

  /** @param onComplete called when the loop asks for the next record, the one in hand being complete; may retire the instance */
  constructor(agent: string, onComplete: () => void) {
    this.#agent = agent
    this.#onComplete = onComplete
  }

  /** The event in hand. */
  get current(): ScopedEvent | undefined {
    return this.#current
  }

  /** The next record, at once or as soon as the loop asks for it. */
  offer(event: ScopedEvent): void {
    const answer = this.#answer
    if (answer === undefined) {
      this.#offered = event
      return
    }
    this.#answer = undefined
    this.#current = event
    answer({ done: false, value: this.#project(event) })
  }

  retire(): void {
    this.#isRetired = true
    this.#offered = undefined
    this.#current = undefined
    this.#answer?.(end)
    this.#answer = undefined
  }

  ask<T>(project: (event: ScopedEvent) => T): Promise<IteratorResult<T, undefined>> {
    if (this.#answer !== undefined) return Promise.reject(this.#askedTwice())
    if (this.#current !== undefined) {
      this.#current = undefined
      this.#onComplete()
    }
    if (this.#isRetired) return Promise.resolve(end)
    const offered = this.#offered
    if (offered !== undefined) {
      this.#offered = undefined
      this.#current = offered
      return Promise.resolve({ done: false, value: project(offered) })
    }
    this.#project = project
    // Answered by `offer` with what this projection makes.
    return new Promise(this.#keepAnswer) as Promise<IteratorResult<T, undefined>>
  }

  eventFor(table: string): ScopedEvent {
    if (this.#current !== undefined) return this.#current
    throw new StreamError({
      code: 'STREAM_HANDLE_EXPIRED',
      message: `Agent "${this.#agent}" used table "${table}" with no record in hand; use tables inside the body of its "for await", and await all work there before the body ends`,
      place: { consumer: this.#agent, table },
    })
  }

  #askedTwice(): StreamError {
    return new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: `Agent "${this.#agent}" asked for a record while it was waiting for one already; read its stream in one place, one record after the other`,
      place: { consumer: this.#agent },
    })
  }
}
