import type { AssignmentMember, MemberAssignment, TopicPartition } from '@stream/core/adapter'

/** A partition as a key of maps and sets. */
export function placeKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Who owns what: of two claims on a partition that of the later generation counts; two of the same generation cancel out. */
function owners(members: readonly AssignmentMember[]): ReadonlyMap<string, string> {
  const claims = new Map<string, { readonly memberId: string | undefined; readonly generation: number }>()
  for (const { memberId, owned, ownedGeneration = -1 } of members) {
    for (const place of owned) {
      const key = placeKey(place)
      const former = claims.get(key)
      if (former === undefined || former.generation < ownedGeneration) {
        claims.set(key, { memberId, generation: ownedGeneration })
      } else if (former.generation === ownedGeneration) {
        claims.set(key, { memberId: undefined, generation: ownedGeneration })
      }
    }
  }
  const result = new Map<string, string>()
  for (const [key, { memberId }] of claims) if (memberId !== undefined) result.set(key, memberId)
  return result
}

/** An assignment as it is kept by the coordinator. */
export interface PlannedAssignment extends MemberAssignment {
  /** The member has to give something up and to join again, so that another one can have it. */
  readonly handsOver?: boolean
}

/**
 * The first phase of a cooperative rebalance (KIP-429): a partition that still has another owner is given to nobody. Its owner gives
 * it up on seeing this assignment and joins again, and the second rebalance hands it over. That the owner has to join again is part of
 * its assignment: a static member that is restarted in between owns nothing and would see nothing to give up.
 */
export function withoutHandover(
  members: readonly AssignmentMember[],
  plan: ReadonlyMap<string, MemberAssignment>,
): ReadonlyMap<string, PlannedAssignment> {
  const ownerOf = owners(members)
  const handingOver = new Set<string>()
  const result = new Map<string, PlannedAssignment>()
  for (const [memberId, assignment] of plan) {
    const partitions = assignment.partitions.filter((place) => {
      const owner = ownerOf.get(placeKey(place)) ?? memberId
      if (owner !== memberId) handingOver.add(owner)
      return owner === memberId
    })
    result.set(memberId, { ...assignment, partitions })
  }
  for (const memberId of handingOver) {
    result.set(memberId, { ...(result.get(memberId) ?? { partitions: [] }), handsOver: true })
  }
  return result
}
