import type { Serde } from '../serde/index.ts'

/**
 * Updates of one key that overlap take turns, so that none is lost between the read and the write of another. Only updates that wait
 * for something ever get here.
 */
export class RowTurns<K> {
  readonly #key: Serde<K>
  readonly #last = new Map<unknown, PromiseLike<unknown>>()

  constructor(key: Serde<K>) {
    this.#key = key
  }

  /** Whether any update is waiting for something. */
  get isEmpty(): boolean {
    return this.#last.size === 0
  }

  /** Runs `work` when those before it on this key have settled. */
  after<T>(key: K, work: () => T | PromiseLike<T>): Promise<T> {
    const last = this.#last.get(this.#idOf(key))
    return this.hold(key, last === undefined ? Promise.resolve(work()) : last.then(work, work))
  }

  /** Later updates of this key wait for `running`. */
  hold<T>(key: K, running: PromiseLike<T>): Promise<T> {
    const id = this.#idOf(key)
    const settled = Promise.resolve(running)
    this.#last.set(id, settled)
    const leave = (): void => {
      if (this.#last.get(id) === settled) this.#last.delete(id)
    }
    settled.then(leave, leave)
    return settled
  }

  #idOf(key: K): unknown {
    if (this.#key.primitiveIdentity === true) return key
    return Buffer.from(this.#key.serialize(key)).toString('latin1')
  }
}
