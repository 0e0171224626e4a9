import type { ErrorPlace } from '../errors/index.ts'
import type { Clock } from '../service/index.ts'

/** Something that is waited for. */
export interface Wait {
  /** It has come further, and waits for the next thing from now on. */
  step(what: string, place?: ErrorPlace): void
  /** It came. */
  end(): void
}

/** A wait as the watchdog sees it. */
export interface OpenWait {
  /** Completes the sentence "... has been waiting for". */
  readonly what: string
  readonly place: ErrorPlace
  /** Monotonic; of the last step. */
  readonly sinceMs: number
  /** Time it may take by itself, before progress is missed: the deadline of the call that is waited for. */
  readonly ownMs: number
}

/**
 * What the engine waits for outside of records: answers to commits, stores, recoveries, polls. Each is entered here, so that one that never
 * comes is noticed.
 */
export class Waits {
  readonly #clock: Clock
  readonly #open = new Set<EnteredWait>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param ownMs the deadline that the call itself has; 0: none */
  begin(what: string, place: ErrorPlace = {}, ownMs: number = 0): Wait {
    const wait: EnteredWait = {
      what,
      place,
      ownMs,
      sinceMs: this.#clock.monotonicMs(),
      step: (next, nextPlace) => {
        wait.what = next
        wait.place = nextPlace ?? wait.place
        wait.sinceMs = this.#clock.monotonicMs()
      },
      end: () => void this.#open.delete(wait),
    }
    this.#open.add(wait)
    return wait
  }

  /** Waits for a promise. */
  async until<T>(promise: Promise<T>, what: string, place: ErrorPlace = {}, ownMs: number = 0): Promise<T> {
    const wait = this.begin(what, place, ownMs)
    try {
      return await promise
    } finally {
      wait.end()
    }
  }

  get open(): Iterable<OpenWait> {
    return this.#open
  }
}

interface EnteredWait extends Wait {
  what: string
  place: ErrorPlace
  sinceMs: number
  readonly ownMs: number
}
