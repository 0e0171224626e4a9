import type { StreamError } from '../errors/index.ts'
import type { GroupHandle, TopicPartitionOffset } from '../transport/index.ts'
import type { CutRequest, RefusedOrigin } from './cut-request.ts'
import type { StagedBatch } from './outbox.ts'
import type { Task } from './task.ts'

/** How the commit of a cut ended; anything but `committed` sends the tasks of the cut back to their checkpoint. */
export type CutOutcome =
  | { readonly kind: 'committed'; readonly positions: readonly TopicPartitionOffset[] }
  | {
      readonly kind: 'aborted' | 'fenced' | 'unknown'
      readonly cause: StreamError
      readonly refused?: readonly RefusedOrigin[]
    }

/** What a guarantee is made of: when outputs leave, and how a cut is committed. */
export interface CommitProtocol {
  /** Outputs leave as records complete, not with the cut. */
  readonly sendsAtOnce: boolean
  /** A commit has come to its end by then, by the deadlines of its own requests. */
  readonly commitTimeoutMs: number
  /** Before any committed offset is read, and after any outcome but `committed`. */
  recover(): Promise<void>
  /** Whether what completed records have put out should be sent now; only where `sendsAtOnce`. */
  readonly hasRoom: boolean
  /** Sends what completed records have put out; only where `sendsAtOnce`. */
  send(task: Task, batches: readonly StagedBatch[]): void
  /** Bytes sent and not acknowledged. */
  readonly unacknowledgedBytes: number
  commit(request: CutRequest, group: GroupHandle): Promise<CutOutcome>
  /** The task starts over: what it sent before is of no interest any more. */
  forget(task: Task): void
  close(): Promise<void>
}
