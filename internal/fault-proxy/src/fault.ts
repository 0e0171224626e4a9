import type { Fields } from './message-codec.ts'
import { Tally } from './tally.ts'

/** What happens to a request that a fault strikes. */
export type Effect =
  /** It never arrives, or its answer does not; the connection stays. */
  | { readonly kind: 'lose'; readonly what: 'request' | 'answer' }
  /** It, or its answer, arrives later, and what comes after it on the connection waits behind it. */
  | { readonly kind: 'delay'; readonly what: 'request' | 'answer'; readonly byMs: number }
  /** It, or its answer, arrives when the fault is ended, even if the client has given up and gone. */
  | { readonly kind: 'hold'; readonly what: 'request' | 'answer' }
  /** The connection ends in its place: before the broker got the request, or when the broker has answered it. */
  | { readonly kind: 'cut'; readonly what: 'request' | 'answer' }
  /** The client is answered with this error code, and the broker is not asked. */
  | { readonly kind: 'refuse'; readonly errorCode: number }
  /** It passes as it is, and its answer is shown. */
  | { readonly kind: 'show'; readonly to: (answer: Fields) => void }
  /** The broker does it, and the client is answered with this error code. */
  | { readonly kind: 'disguise'; readonly errorCode: number }

/** A request on its way, as a fault's condition sees it. */
export interface PassingRequest {
  readonly api: string
  readonly version: number
  readonly clientId: string
  /** The broker it goes to. */
  readonly nodeId: number
  /** Its fields, decoded when asked for. */
  readonly fields: Fields
}

/** Which requests are struck, and how. */
export interface FaultPlan {
  /** Name of the API, for example `EndTxn`, or several. */
  readonly api: string | readonly string[]
  readonly effect: Effect
  /** Only requests of this client id. @default all */
  readonly clientId?: string
  /** Only requests to this broker. @default all */
  readonly nodeId?: number
  /** Only requests of which this holds. @default all */
  readonly when?: (request: PassingRequest) => boolean
  /** Requests that pass first. @default 0 */
  readonly after?: number
  /** Requests that are struck; `Infinity` for all until `end()`. @default 1 */
  readonly times?: number
  /** Of those that are not past. Drawn from the proxy's seed. @default 1 */
  readonly probability?: number
}

/** A fault at work, and the count of what it did. */
export class Fault {
  readonly plan: FaultPlan
  #passed = 0
  #isOver = false
  readonly #struck: Tally = new Tally(() => `requests struck by ${this}`)
  readonly #answered: Tally = new Tally(() => `answers of the broker to requests struck by ${this}`)
  /** Resolves when the fault is over. */
  readonly ended: Promise<void>
  #end: () => void = () => undefined
  readonly #apis: ReadonlySet<string>
  readonly #random: () => number

  constructor(plan: FaultPlan, random: () => number) {
    this.plan = plan
    this.#apis = new Set(typeof plan.api === 'string' ? [plan.api] : plan.api)
    this.#random = random
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Whether it strikes this request; counts it if so. */
  strikes(request: PassingRequest): boolean {
    const { clientId, nodeId, when, after = 0, times = 1, probability = 1 } = this.plan
    if (this.#isOver || !this.#apis.has(request.api)) return false
    if (clientId !== undefined && clientId !== request.clientId) return false
    if (nodeId !== undefined && nodeId !== request.nodeId) return false
    if (when !== undefined && !when(request)) return false
    if (this.#passed++ < after || this.hits >= times) return false
    if (probability < 1 && this.#random() >= probability) return false
    this.#struck.add()
    return true
  }

  /** Requests struck so far. */
  get hits(): number {
    return this.#struck.count
  }

  /** Told by the proxy: the broker has answered a request that was struck. */
  takeAnswer(): void {
    this.#answered.add()
  }

  /** Resolves when so many requests have been struck; rejects, by name, where that takes longer than 45 s. */
  struck(hits: number = 1): Promise<void> {
    return this.#struck.until(hits)
  }

  /** Resolves when the broker has answered so many of them, whoever still waits for that; rejects as `struck` does. */
  answered(count: number = 1): Promise<void> {
    return this.#answered.until(count)
  }

  /** Strikes nothing any more, and lets go of what it holds. */
  end(): void {
    this.#isOver = true
    this.#end()
  }

  toString(): string {
    return `fault ${JSON.stringify(this.plan.effect)} on ${[...this.#apis].join(', ')}`
  }
}
