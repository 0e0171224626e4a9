import type { StreamError } from '@stream/core/adapter'

/**
 * Where a fault can be put. `before` seams come before the log does anything, `after` seams when it is done but not answered yet;
 * those of a commit are its steps in order.
 */
export const seams = [
  'commit:before-append',
  'commit:after-append',
  'commit:after-offsets',
  'commit:before-end',
  'commit:after-end',
  'init:before',
  'init:after',
  'produce:before',
  'produce:after',
  'fetch',
  'offset-commit:before',
  'offset-commit:after',
  'committed',
  'join',
  'sync',
  'heartbeat',
  'admin',
] as const

/** One of {@link seams}. */
export type Seam = (typeof seams)[number]

/** Who is at a seam, with what. */
export interface FaultContext {
  readonly seam: Seam
  /** Name of the transport's connection to the log, as in {@link MemoryTransport.clientId}. */
  readonly clientId: string
  readonly groupId?: string
  readonly memberId?: string
  readonly transactionalId?: string
  readonly topics?: readonly string[]
}

/**
 * What happens at a seam.
 * - `fail`: the call is answered with this error; what was done before the seam stands (a commit aborts).
 * - `lose-answer`: the caller never learns what became of the request: a commit ends `unknown`, other calls retry as a client does.
 * - `delay`: at a step of a commit: the caller waits no longer, and the rest of the commit reaches the log `delayMs` later, unless its
 *   transactional id was taken over meanwhile. The outcome is `unknown`. Elsewhere the answer comes that much later.
 * - `crash`: the transport that makes the call dies here, as by SIGKILL; the call never answers.
 * - `stall`: the transport's heartbeats stop from here on until `wake`; the call itself goes on.
 * - `hold`: the call waits until {@link Fault.release}.
 * - `run`: a function of the test, awaited.
 */
export type FaultAction =
  | { readonly kind: 'fail'; readonly error: StreamError }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'run'; readonly run: (context: FaultContext) => void | Promise<void> }

/** When a fault strikes. */
export interface FaultOptions {
  /** How often. @default 1 */
  readonly times?: number
  /** How many matching calls go through first. @default 0 */
  readonly after?: number
  /** Which calls it is meant for. @default all */
  readonly when?: (context: FaultContext) => boolean
}

/** A fault that was put at a seam. */
export interface Fault {
  readonly seam: Seam
  /** How often it struck; a test that aims at a seam checks that it was met. */
  readonly hits: number
  /** Lets everything go that a `hold` holds, and holds nothing any more. */
  release(): void
  /** Takes the fault away (and releases). */
  remove(): void
}

class ArmedFault implements Fault {
  readonly seam: Seam
  readonly action: FaultAction
  hits = 0
  readonly #options: FaultOptions
  readonly #remove: (fault: ArmedFault) => void
  #passed = 0
  #open = false
  #held: (() => void)[] = []

  constructor(seam: Seam, action: FaultAction, options: FaultOptions, remove: (fault: ArmedFault) => void) {
    this.seam = seam
    this.action = action
    this.#options = options
    this.#remove = remove
  }

  strikes(context: FaultContext): boolean {
    if (this.hits >= (this.#options.times ?? 1)) return false
    if (this.#options.when !== undefined && !this.#options.when(context)) return false
    this.#passed += 1
    if (this.#passed <= (this.#options.after ?? 0)) return false
    this.hits += 1
    return true
  }

  held(): Promise<void> {
    return this.#open ? Promise.resolve() : new Promise((resolve) => this.#held.push(resolve))
  }

  release(): void {
    this.#open = true
    for (const resolve of this.#held.splice(0)) resolve()
  }

  remove(): void {
    this.#remove(this)
    this.release()
  }
}

/** What a caller has to do after a seam; `undefined`: go on. */
export type SeamVerdict =
  | { readonly kind: 'fail'; readonly error: StreamError }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | undefined

/** Who carries out what happens to a whole transport. */
export interface FaultTarget {
  crash(): void
  stall(): void
}

/** The faults of a log, by seam: for tests of what stands on it. */
export class Faults {
  readonly #armed: Map<Seam, ArmedFault[]> = new Map()

  /** Puts a fault at a seam. Of several at one seam the oldest that still strikes is taken. */
  at(seam: Seam, action: FaultAction, options: FaultOptions = {}): Fault {
    const fault = new ArmedFault(seam, action, options, (gone) => {
      const left = (this.#armed.get(seam) ?? []).filter((other) => other !== gone)
      if (left.length === 0) this.#armed.delete(seam)
      else this.#armed.set(seam, left)
    })
    this.#armed.set(seam, [...(this.#armed.get(seam) ?? []), fault])
    return fault
  }

  /** Takes all faults away and lets go what is held. */
  clear(): void {
    for (const faults of [...this.#armed.values()]) for (const fault of faults) fault.remove()
  }

  /** Whether a call has to stop at this seam at all; cheap, so that the log pays nothing for what is not tested. */
  armed(seam: Seam): boolean {
    return this.#armed.has(seam)
  }

  /** Meets the seam. The caller looks afterwards whether it is still alive. */
  async meet(context: FaultContext, target: FaultTarget): Promise<SeamVerdict> {
    const fault = this.#armed.get(context.seam)?.find((candidate) => candidate.strikes(context))
    if (fault === undefined) return undefined
    const { action } = fault
    switch (action.kind) {
      case 'fail':
      case 'lose-answer':
      case 'delay':
        return action
      case 'crash':
        target.crash()
        return undefined
      case 'stall':
        target.stall()
        return undefined
      case 'hold':
        await fault.held()
        return undefined
      case 'run':
        await action.run(context)
        return undefined
    }
  }
}
