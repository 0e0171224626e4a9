import { type Clock, StreamError, type TransportContext } from '@stream/core/adapter'
import type { Broker } from './broker.ts'
import { unavailable } from './broker-errors.ts'
import type { Connection } from './connection.ts'
import type { FaultContext, Seam, SeamVerdict } from './faults.ts'

/** A promise of a process that is gone. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => {})
}

/** What a client tells about itself at a seam. */
type SeamDetail = Omit<FaultContext, 'seam' | 'clientId'>

/**
 * One transport's connection to the log. It can die at any moment, as a process does: then every call that is under way stays
 * unanswered for ever, and no timer of it fires.
 */
export class Link implements Connection {
  readonly broker: Broker
  readonly clientId: string
  #report: TransportContext['log'] = () => {}
  #isDead = false
  #isStalled = false
  #wakers: (() => void)[] = []
  readonly #onDeath: Set<() => void> = new Set()
  readonly #onWake: Set<() => void> = new Set()

  constructor(broker: Broker, clientId: string) {
    this.broker = broker
    this.clientId = clientId
  }

  get clock(): Clock {
    return this.broker.clock
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Where messages for the app that opened the transport go. */
  reportTo(report: TransportContext['log']): void {
    this.#report = report
  }

  report(level: 'warn' | 'error', message: string): void {
    this.#report(level, message)
  }

  /** Drops everything without a close. */
  crash(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const drop of this.#onDeath) drop()
    this.#onDeath.clear()
    this.#onWake.clear()
    this.#wakers = []
    this.broker.detach(this)
  }

  stall(): void {
    this.#isStalled = true
  }

  wake(): void {
    this.#isStalled = false
    for (const resolve of this.#wakers.splice(0)) resolve()
    for (const woken of this.#onWake) woken()
  }

  /** What to drop at a crash: timers, waiting polls. Returns how to take it back. */
  onDeath(drop: () => void): () => void {
    this.#onDeath.add(drop)
    return () => this.#onDeath.delete(drop)
  }

  onWake(woken: () => void): () => void {
    this.#onWake.add(woken)
    return () => this.#onWake.delete(woken)
  }

  /** The answer of the broker, if the process still lives when it comes, and once it is awake. */
  async answer<T>(promise: Promise<T> | T): Promise<T> {
    const value = await promise
    while (this.#isStalled && !this.#isDead) await new Promise<void>((resolve) => this.#wakers.push(resolve))
    return this.#isDead ? never() : value
  }

  /** The same promise, unless the process is gone when it settles. */
  async whileAlive<T>(promise: Promise<T>): Promise<T> {
    try {
      const value = await promise
      return this.#isDead ? never() : value
    } catch (cause) {
      if (this.#isDead) return never()
      throw cause
    }
  }

  /** Resolves when the log can be reached; rejects with `STREAM_BROKER_UNAVAILABLE` after `timeoutMs`. */
  async reach(what: string, timeoutMs: number): Promise<void> {
    if (this.#isDead) return never()
    const { broker } = this
    const travelMs = broker.latencyMs()
    if (travelMs > 0) await this.pause(travelMs)
    if (!broker.isAvailable) {
      const deadline = this.clock.monotonicMs() + timeoutMs
      while (!broker.isAvailable) {
        const leftMs = deadline - this.clock.monotonicMs()
        if (leftMs <= 0) throw unavailable(what)
        await this.#availableWithin(leftMs)
        if (this.#isDead) return never()
      }
    }
  }

  /** Whether {@link reach} would return at once: lets a call stay synchronous. */
  get isDirect(): boolean {
    return this.broker.isAvailable && this.broker.options.latencyMs === undefined && !this.#isDead
  }

  /** Stops at a seam if a fault is put there; a delay is waited for. */
  async seam(seam: Seam, detail: SeamDetail = {}): Promise<Exclude<SeamVerdict, { kind: 'delay' }>> {
    const verdict = await this.meet(seam, detail)
    if (verdict?.kind !== 'delay') return verdict
    await this.pause(verdict.delayMs)
    return undefined
  }

  /** As {@link Link.seam}, for callers that go on while they are delayed. */
  async meet(seam: Seam, detail: SeamDetail = {}): Promise<SeamVerdict> {
    if (this.#isDead) return never()
    if (!this.broker.faults.armed(seam)) return undefined
    const verdict = await this.broker.faults.meet({ seam, clientId: this.clientId, ...detail }, this)
    return this.#isDead ? never() : verdict
  }

  /**
   * A request whose answer can be had again: lost answers and retryable errors are retried until `timeoutMs` is over; `request`
   * runs when the log is reached, and has to be idempotent.
   */
  async call<T>(options: {
    readonly what: string
    readonly timeoutMs: number
    readonly before?: Seam
    readonly after?: Seam
    readonly detail?: SeamDetail
    readonly request: () => Promise<T> | T
  }): Promise<T> {
    const { what, timeoutMs, before, after, detail, request } = options
    const deadline = this.clock.monotonicMs() + timeoutMs
    for (let attempt = 1; ; attempt += 1) {
      await this.reach(what, Math.max(0, deadline - this.clock.monotonicMs()))
      let verdict = before === undefined ? undefined : await this.seam(before, detail)
      let value: T | undefined
      if (verdict === undefined) {
        value = await request()
        if (this.#isDead) return never()
        verdict = after === undefined ? undefined : await this.seam(after, detail)
      }
      if (verdict === undefined) return value as T
      const error = verdict.kind === 'fail' ? verdict.error : this.#lost(what)
      const backoffMs = Math.min(20 * attempt, 500)
      if (!error.retryable || this.clock.monotonicMs() + backoffMs > deadline) throw error
      await this.pause(backoffMs)
    }
  }

  #lost(what: string): StreamError {
    return new StreamError({
      code: 'STREAM_TIMEOUT',
      message: `${what} got no answer from the embedded log in time. Call again.`,
      retryable: true,
    })
  }

  /** Resolves with the promise, or after `timeoutMs`. */
  within(timeoutMs: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      let forget = (): void => {}
      const done = (): void => {
        timer.cancel()
        forget()
        resolve()
      }
      const timer = this.clock.setTimer(timeoutMs, done)
      forget = this.onDeath(() => timer.cancel())
      void promise.then(done)
    })
  }

  /** Lets time pass; never resolves for a process that is gone. */
  async pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimer(delayMs, () => {
        forget()
        resolve()
      })
      const forget = this.onDeath(() => timer.cancel())
    })
    if (this.#isDead) return never()
  }

  async #availableWithin(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel()
        forget()
        this.broker.availability.delete(done)
        resolve()
      }
      const timer = this.clock.setTimer(timeoutMs, done)
      const forget = this.onDeath(() => {
        timer.cancel()
        this.broker.availability.delete(done)
      })
      this.broker.availability.add(done)
    })
  }
}
