import type { LogLine } from '../native/index.ts'

/** What a line of librdkafka's group log tells. */
export type GroupNews =
  | { readonly kind: 'member'; readonly memberId: string }
  | { readonly kind: 'joined'; readonly memberId: string; readonly generation: number }
  | { readonly kind: 'synced' | 'heartbeat sent' | 'heartbeat failed' | 'lost' | 'left' }
  | { readonly kind: 'fatal'; readonly reason: string }

/**
 * Reads a line of librdkafka 2.12's log (`debug=cgrp`): node-rdkafka has no other way to the member id, the generation, heartbeats, and
 * whether an assignment was lost. librdkafka writes each line in the thread that changes the group's state, before the change.
 */
export function readGroupLine({ fac, message }: LogLine): GroupNews | undefined {
  switch (fac) {
    case 'MEMBERID': {
      const match = /updating member id ".*" -> "(.*)"$/.exec(message)
      return match === null ? undefined : { kind: 'member', memberId: match[1] === '(not-set)' ? '' : (match[1] ?? '') }
    }
    case 'JOINGROUP': {
      const match = /GenerationId (\d+), .*, my MemberId (.+), member metadata count \d+: \(no error\)$/.exec(message)
      return match === null ? undefined : { kind: 'joined', memberId: match[2] ?? '', generation: Number(match[1]) }
    }
    case 'SYNCGROUP':
      return message.includes('SyncGroup response: Success') ? { kind: 'synced' } : undefined
    case 'HEARTBEAT':
      if (message.includes('Heartbeat for group ')) return { kind: 'heartbeat sent' }
      return message.includes('heartbeat error response') ? { kind: 'heartbeat failed' } : undefined
    case 'LOST':
      return / partition\(s\) lost: /.test(message) ? { kind: 'lost' } : undefined
    case 'LEAVEGROUP':
      return { kind: 'left' }
    case 'FATAL': {
      const match = /Fatal error: (.*)$/.exec(message)
      return match === null ? undefined : { kind: 'fatal', reason: match[1] ?? '' }
    }
    default:
      return undefined
  }
}
