import type { CutStep } from '@stream/core'
import type { Airport } from './flight.ts'

/** When a worker is killed: at a step of its cut, or while its transaction is open in the log. */
export type Moment = CutStep | 'in transaction'

/** A worker that the demo can kill. */
export interface DemoWorker {
  /** Starts it, or starts it again: the same program on the same log, and nothing else is left of the time before. */
  start(): Promise<void>
  /** Kills it at the next such moment, without any close; resolves when it is dead. */
  crashAt(moment: Moment): Promise<void>
  /** The rows of its table. */
  rows(): Promise<ReadonlyMap<string, Airport>>
  /** A clean stop. */
  stop(): Promise<void>
}
