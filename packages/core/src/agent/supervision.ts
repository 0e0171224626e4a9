import { StreamError } from '../errors/index.ts'
import { checkNumber } from './check-number.ts'
import { LoopGroup } from './loop-group.ts'

/**
 * How an agent's loop is replaced after it threw. A throw on a record meets the record's error policy first, which also sets the pace:
 * the next attempt finds a new loop at once. What supervision counts and delays are failures of the loop itself, outside any record, for
 * instance in what it does before its `for await`.
 */
export interface Supervision {
  readonly strategy: 'one-for-one' | 'one-for-all' | 'crash'
  readonly backoffMs: number
  readonly maxBackoffMs: number
  readonly maxRestarts: number
  readonly withinMs: number
  /** Loops that are replaced together. */
  readonly group?: LoopGroup
}

/** How often and how fast a loop that fails by itself is started again. */
export interface RestartOptions {
  /** Longest wait before the first restart; doubles while no record completes. The wait is random between 0 and that. @default 100 */
  readonly backoffMs?: number
  /** No wait is longer. @default 10_000 */
  readonly maxBackoffMs?: number
  /** With one failure more within `withinMs` the app fails; Infinity: never. @default 10 */
  readonly maxRestarts?: number
  /** @default 60_000 */
  readonly withinMs?: number
}

/** The default: the loop that failed is replaced, with exponential back-off. Throws `STREAM_CONFIG_INVALID`. */
export function restart(options: RestartOptions = {}): Supervision {
  return supervision('restart', 'one-for-one', options, 100)
}

/** The loop that failed is replaced without waiting, up to its limit. Throws `STREAM_CONFIG_INVALID`. */
export function oneForOne(options: RestartOptions = {}): Supervision {
  return supervision('oneForOne', 'one-for-one', options, 0)
}

/**
 * With the loop that failed, the loops of all agents of its task that were given this same supervision are replaced; each finishes the
 * record in hand first. For agents that share what they hold in memory. Without waiting, by default. Throws `STREAM_CONFIG_INVALID`.
 */
export function oneForAll(options: RestartOptions = {}): Supervision {
  return { ...supervision('oneForAll', 'one-for-all', options, 0), group: new LoopGroup() }
}

/** The loop is not replaced: its first throw fails the app, right after the record in hand has met its error policy. */
export function crash(): Supervision {
  return { strategy: 'crash', backoffMs: 0, maxBackoffMs: 0, maxRestarts: 0, withinMs: 0 }
}

/** Throws `STREAM_DECLARATION_INVALID` for what is none, such as `crash` written without its parentheses. */
export function checkSupervision(agent: string, value: Supervision): void {
  if (typeof value === 'object' && value !== null && typeof value.strategy === 'string') return
  throw new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `agent "${agent}": supervision is none; call one of restart(), oneForOne(), oneForAll(), crash()`,
    place: { consumer: agent },
  })
}

function supervision(
  of: string,
  strategy: Supervision['strategy'],
  options: RestartOptions,
  defaultBackoffMs: number,
): Supervision {
  const { backoffMs = defaultBackoffMs, maxBackoffMs = 10_000, maxRestarts = 10, withinMs = 60_000 } = options
  checkNumber(of, 'backoffMs', backoffMs, 0)
  checkNumber(of, 'maxBackoffMs', maxBackoffMs, 0)
  checkNumber(of, 'maxRestarts', maxRestarts, 0, true)
  checkNumber(of, 'withinMs', withinMs, 1)
  return { strategy, backoffMs, maxBackoffMs, maxRestarts, withinMs }
}
