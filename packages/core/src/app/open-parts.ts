import { type Clock, type ClosingStep, closeInOrder } from '../service/index.ts'

/** What has been opened, to be closed in the opposite order. */
export class OpenParts {
  readonly #clock: Clock
  readonly #steps: ClosingStep[] = []
  readonly #onLateFailure: (cause: unknown) => void
  #isClosed = false

  /** @param onLateFailure told where something cannot be closed that came after everything was */
  constructor(clock: Clock, onLateFailure: (cause: unknown) => void) {
    this.#clock = clock
    this.#onLateFailure = onLateFailure
  }

  /** What comes after the end is closed at once. `what` begins the sentence that says it hangs. */
  add(what: string, close: () => Promise<void>): void {
    if (this.#isClosed) void close().catch(this.#onLateFailure)
    else this.#steps.push([what, close])
  }

  /** Closes all, whatever fails or hangs; then rejects with the first failure. Idempotent. */
  close(): Promise<void> {
    this.#isClosed = true
    return closeInOrder(this.#clock, 0, this.#steps.splice(0).reverse())
  }
}
