import type { Isolation } from '@stream/core/adapter'
import type { Cluster } from '../connection/index.ts'
import type { CodecLookup } from '../records/index.ts'

/** What a fetch loop is made of. */
export interface FetchLoopOptions {
  readonly cluster: Cluster
  readonly isolation: Isolation
  readonly maxPollBytes: number
  readonly maxPartitionBytes: number
  readonly fetchWaitMs: number
  readonly verifyChecksums: boolean
  readonly codec: CodecLookup
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}
