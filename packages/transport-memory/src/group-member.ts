import type { AssignmentMember, Timer, TopicPartition } from '@stream/core/adapter'
import type { PlannedAssignment } from './handover.ts'

/** Why a coordinator does not do what a member asks. */
export type GroupRefusal =
  | 'unknown_member'
  | 'illegal_generation'
  | 'rebalance_in_progress'
  | 'fenced_instance'
  | 'inconsistent_protocol'

/** What a member joins with. */
export interface JoinRequest {
  readonly memberId: string
  readonly instanceId: string | undefined
  /** Name of the assignor and of the way to rebalance; the same for all. */
  readonly protocol: string
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  readonly ownedGeneration: number
  readonly userData: Uint8Array
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Called when the member should send a heartbeat now, since the group has changed. */
  readonly nudge: () => void
}

/** How a join ended. */
export type JoinAnswer =
  | { readonly refusal: GroupRefusal }
  | { readonly refusal?: never; readonly generation: number; readonly members: readonly AssignmentMember[] | undefined }

/** How a sync ended. */
export type SyncAnswer =
  | { readonly refusal: GroupRefusal }
  | { readonly refusal?: never; readonly assignment: PlannedAssignment }

/** A member as the coordinator sees it. */
export interface GroupMember {
  request: JoinRequest
  assignment: PlannedAssignment
  /** Set while its join waits for the others. */
  pendingJoin: ((answer: JoinAnswer) => void) | undefined
  /** Set while its sync waits for the leader. */
  pendingSync: ((answer: SyncAnswer) => void) | undefined
  lastSeenMs: number
  sessionTimer: Timer | undefined
}

/** A member as the assignor sees it. */
export function describeMember({ request }: GroupMember): AssignmentMember {
  return {
    memberId: request.memberId,
    ...(request.instanceId === undefined ? {} : { instanceId: request.instanceId }),
    topics: request.topics,
    owned: request.owned,
    ownedGeneration: request.ownedGeneration,
    userData: request.userData,
  }
}
