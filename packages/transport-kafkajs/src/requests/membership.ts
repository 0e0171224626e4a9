import type { WireRequest, WireWriter } from '../wire/index.ts'

/** Who speaks for a group. */
export interface MemberIdentity {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId?: string
}

/** A member with its generation, as requests of non-flexible versions begin. */
export function writeMember(out: WireWriter, { groupId, generation, memberId, instanceId }: MemberIdentity): void {
  out
    .string(groupId)
    .int32(generation)
    .string(memberId)
    .string(instanceId ?? null)
}

/** What a member joins with. */
export interface JoinRequest {
  readonly member: MemberIdentity
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocol: string
  readonly subscription: Uint8Array
}

/** Answer of {@link joinGroup}; the members are told to the leader only. */
export interface JoinAnswer {
  readonly error: number
  readonly generation: number
  readonly leader: string
  readonly memberId: string
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly subscription: Buffer
  }[]
}

/** JoinGroup v5, the last one before the flexible versions (KIP-345 included). */
export function joinGroup(join: JoinRequest): WireRequest<JoinAnswer> {
  return {
    apiKey: 11,
    apiName: 'JoinGroup',
    version: 5,
    flexible: false,
    holdMs: join.rebalanceTimeoutMs + 5000,
    write: (out) => {
      out.string(join.member.groupId).int32(join.sessionTimeoutMs).int32(join.rebalanceTimeoutMs)
      out.string(join.member.memberId).string(join.member.instanceId ?? null)
      out.string('consumer').array([join], (one) => out.string(one.protocol).byteString(one.subscription))
    },
    read: (answer) => {
      answer.int32()
      const error = answer.int16()
      const generation = answer.int32()
      answer.nullableString()
      return {
        error,
        generation,
        leader: answer.string(),
        memberId: answer.string(),
        members: answer.array(() => ({
          memberId: answer.string(),
          instanceId: answer.nullableString(),
          subscription: answer.byteString(),
        })),
      }
    },
  }
}

/** SyncGroup v3: the leader hands out the assignments, everybody gets its own. */
export function syncGroup(
  member: MemberIdentity,
  assignments: ReadonlyMap<string, Uint8Array>,
  holdMs: number,
): WireRequest<{ error: number; assignment: Buffer }> {
  return {
    apiKey: 14,
    apiName: 'SyncGroup',
    version: 3,
    flexible: false,
    holdMs,
    write: (out) => {
      writeMember(out, member)
      out.array([...assignments], ([memberId, bytes]) => out.string(memberId).byteString(bytes))
    },
    read: (answer) => {
      answer.int32()
      return { error: answer.int16(), assignment: answer.byteString() }
    },
  }
}

/** Heartbeat v3; the answer is an error code. */
export function heartbeat(member: MemberIdentity): WireRequest<number> {
  return {
    apiKey: 12,
    apiName: 'Heartbeat',
    version: 3,
    flexible: false,
    write: (out) => writeMember(out, member),
    read: (answer) => {
      answer.int32()
      return answer.int16()
    },
  }
}

/** LeaveGroup v3; the answer is an error code. Without a member id, whoever holds the instance id leaves (KIP-345). */
export function leaveGroup(member: MemberIdentity): WireRequest<number> {
  return {
    apiKey: 13,
    apiName: 'LeaveGroup',
    version: 3,
    flexible: false,
    write: (out) => {
      out.string(member.groupId)
      out.array([member], (one) => out.string(one.memberId).string(one.instanceId ?? null))
    },
    read: (answer) => {
      answer.int32()
      const error = answer.int16()
      const [own] = answer.array(() => {
        answer.string()
        answer.nullableString()
        return answer.int16()
      })
      return error === 0 ? (own ?? 0) : error
    },
  }
}
