import type { CommitRequest, Transport } from '@stream/core/adapter'
import { assertKnownOptions } from '../kit/index.ts'

/** How long things take at the log under test. */
export interface TransportTiming {
  /** Of every member; the broker must accept it (`group.min.session.timeout.ms`). @default 6000 */
  readonly sessionTimeoutMs: number
  /** @default a sixth of the session timeout */
  readonly heartbeatIntervalMs: number
  /** Longer than the session timeout, since listeners are held up for longer than that. @default twice the session timeout */
  readonly rebalanceTimeoutMs: number
  /** How long the kit watches where nothing must happen. @default 500 */
  readonly quietMs: number
  /** What must happen has to happen within this time. @default 30000 */
  readonly patienceMs: number
}

/** What {@link transportConformance} is told of a transport. */
export interface TransportConformanceOptions {
  /** Stands in the titles of the cases. */
  readonly name: string
  /**
   * Makes a transport object that is not open yet; the kit opens and closes it. All of them reach one log, as several processes would.
   * Topics, groups and transactional ids are the kit's own and begin with `conformance-`.
   */
  readonly open: () => Transport | Promise<Transport>
  readonly timing?: Partial<TransportTiming>
  /** Makes the log unreachable and reachable again, for less than the session timeout. Where absent, there are no cases with outages. */
  readonly outage?: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> }
  /**
   * Keeps a transport's members from the log (heartbeats above all) for longer than their session, as SIGSTOP does to a process. Where
   * absent, there are no cases with stalled members.
   */
  readonly stall?: {
    readonly begin: (transport: Transport) => Promise<void>
    readonly end: (transport: Transport) => Promise<void>
  }
  /** Makes the log remove, now, what compaction may remove of this topic. Where absent, there are no cases with compacted records. */
  readonly compact?: (topic: string) => Promise<void>
  /**
   * Writes records and offsets in a transaction of this id and leaves it open, as a process does that dies in the middle. Where absent,
   * there are no cases with open transactions.
   */
  readonly leaveOpen?: (transactionalId: string, request: CommitRequest) => Promise<void>
}

/** The options with their defaults. */
export interface TransportPlan extends Omit<TransportConformanceOptions, 'timing'> {
  readonly timing: TransportTiming
}

const known: readonly (keyof TransportConformanceOptions)[] = [
  'name',
  'open',
  'timing',
  'outage',
  'stall',
  'compact',
  'leaveOpen',
]
const knownTiming: readonly (keyof TransportTiming)[] = [
  'sessionTimeoutMs',
  'heartbeatIntervalMs',
  'rebalanceTimeoutMs',
  'quietMs',
  'patienceMs',
]

/** Fills the defaults in; unknown options throw `STREAM_CONFIG_INVALID`. */
export function readTransportOptions(options: TransportConformanceOptions): TransportPlan {
  assertKnownOptions('transportConformance', options, known)
  const timing = options.timing ?? {}
  assertKnownOptions('transportConformance timing', timing, knownTiming)
  const sessionTimeoutMs = timing.sessionTimeoutMs ?? 6000
  return {
    ...options,
    timing: {
      sessionTimeoutMs,
      heartbeatIntervalMs: timing.heartbeatIntervalMs ?? Math.floor(sessionTimeoutMs / 6),
      rebalanceTimeoutMs: timing.rebalanceTimeoutMs ?? sessionTimeoutMs * 2,
      quietMs: timing.quietMs ?? 500,
      patienceMs: timing.patienceMs ?? 30_000,
    },
  }
}
