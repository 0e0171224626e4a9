import { describeThrown, StreamError } from '@stream/core/adapter'
import { Backoff, brokerCodes, type Cluster, isRetryableCode } from '../connection/index.ts'
import type { WireRequest } from '../wire/index.ts'

/** Which coordinator a call goes to, and how long it may be tried. */
export interface CallTarget {
  readonly kind: 'group' | 'transaction'
  readonly key: string
  /** Monotonic. */
  readonly deadlineMs: number
}

/** How a call ended: the broker's final word, or none in time. */
export interface CallResult<T> {
  /** Undefined where no answer came before the deadline. */
  readonly answer: T | undefined
  /** The code of `answer`, or the last temporary one. */
  readonly code: number
  /** An attempt went unanswered, so the broker may have carried the request out more than once, or without our knowing. */
  readonly isUnsure: boolean
  readonly lastError: StreamError | undefined
}

/** Makes calls to a coordinator until it gives an answer that is final. */
export class CoordinatedCalls {
  /** A request went unanswered since this was last set to false: it may still be on its way. */
  hasStray = false
  private readonly cluster: Cluster
  private readonly signal: AbortSignal
  private readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

  constructor(
    cluster: Cluster,
    signal: AbortSignal,
    log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void,
  ) {
    this.cluster = cluster
    this.signal = signal
    this.log = log
  }

  /** `codeOf` picks the code that decides, the gravest of several. Rejects only with what no retry mends. */
  async call<T>(
    target: CallTarget,
    request: () => WireRequest<T>,
    codeOf: (answer: T) => number,
  ): Promise<CallResult<T>> {
    // The first pauses are short: right after a transaction its markers are still being written, for a few milliseconds.
    const backoff = new Backoff(5, 500)
    let isUnsure = false
    let lastError: StreamError | undefined
    let code: number = brokerCodes.none
    do {
      if (this.signal.aborted) break
      try {
        const answer = await this.cluster.sendToCoordinator(target.kind, target.key, request())
        code = codeOf(answer)
        if (!isRetryableCode(code)) return { answer, code, isUnsure, lastError }
        if (code !== brokerCodes.concurrentTransactions) this.cluster.forgetCoordinator(target.kind, target.key)
      } catch (error) {
        if (!StreamError.is(error) || (!error.retryable && error.code !== 'STREAM_CLOSED')) throw error
        lastError = error
        // A coordinator that could not be found got no request.
        if (error.place.request !== undefined) this.hasStray = isUnsure = true
        this.log('warn', `A request about ${target.key} is tried again: ${describeThrown(error)}`)
      }
      await backoff.wait(this.signal, target.deadlineMs - performance.now())
    } while (performance.now() < target.deadlineMs)
    return { answer: undefined, code, isUnsure, lastError }
  }
}

/** The first code that is not 0, final ones before temporary ones: an error may be that of one partition only. */
export function gravestCode(answers: readonly { readonly error: number }[]): number {
  let gravest: number = brokerCodes.none
  for (const { error } of answers) {
    if (error === brokerCodes.none) continue
    if (!isRetryableCode(error)) return error
    gravest = error
  }
  return gravest
}
