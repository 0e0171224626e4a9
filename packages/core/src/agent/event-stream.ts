import type { Event, ScopedEvent } from '../topology/index.ts'

/**
 * What a loop reads: the records of its task, one after the other. A record is complete when the loop asks for the next one, so the body
 * of a `for await` awaits all it does. The iteration ends only when the task does.
 *
 * All ways of reading share one position: leaving a `for await` and beginning another goes on behind the record in hand.
 */
export interface EventStream<K = unknown, V = unknown> extends AsyncIterable<V> {
  /** The same records as events: key, headers, timestamp, place in the log, `send`, `forward`, `signal`. */
  events(): AsyncIterableIterator<Event<K, V>>
  /** The same records as pairs. */
  items(): AsyncIterableIterator<readonly [K, V]>
}

/** Where a loop's iterators ask for the next record. */
export interface RecordSource {
  /** Completes the record in hand, and answers with what `project` makes of the next one, or with the end. */
  ask<T>(project: (event: ScopedEvent) => T): Promise<IteratorResult<T, undefined>>
}

/** The end of an iteration. */
export const end: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

// The types of keys and values were fixed where the source was declared; the runtime carries them untyped.
const toValue = (event: ScopedEvent): unknown => event.value
const toEvent = (event: ScopedEvent): Event => event
const toItem = (event: ScopedEvent): readonly [unknown, unknown] => [event.key, event.value]

/** The stream of one loop. */
export class LoopStream implements EventStream {
  readonly #source: RecordSource

  constructor(source: RecordSource) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return new Records(this.#source, toValue)
  }

  events(): AsyncIterableIterator<Event> {
    return new Records(this.#source, toEvent)
  }

  items(): AsyncIterableIterator<readonly [unknown, unknown]> {
    return new Records(this.#source, toItem)
  }
}

class Records<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: RecordSource
  readonly #project: (event: ScopedEvent) => T
  #isLeft = false

  constructor(source: RecordSource, project: (event: ScopedEvent) => T) {
    this.#source = source
    this.#project = project
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return this.#isLeft ? Promise.resolve(end) : this.#source.ask(this.#project)
  }

  /** A `break` or a throw leaves the record in hand as it is: not complete. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#isLeft = true
    return Promise.resolve(end)
  }
}
