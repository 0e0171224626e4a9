import type { AssignmentMember, MemberAssignment } from '@stream/core/adapter'
import { placeKey } from './held-partitions.ts'

/** A member as its subscription describes it. */
export interface SubscribedMember extends AssignmentMember {
  /** It goes on with what it owns while it joins; else it has given that up. */
  readonly keepsOwned: boolean
}

/** What a member is told. */
export interface PlannedAssignment extends MemberAssignment {
  /** It has to give something up and to join again, so that another one can have it. */
  readonly handsOver: boolean
}

/**
 * The first phase of an incremental rebalance (KIP-429): what a member still works on goes to nobody else. Its owner gives it up on seeing
 * this assignment and joins again, and the second rebalance hands it over. That it has to join again is part of its assignment: a static
 * member that is restarted in between owns nothing, and would see nothing to give up. It does not matter how the other members rebalance,
 * so both ways may meet in one group, as they do while workers are replaced one by one.
 */
export function withoutHandover(
  members: readonly SubscribedMember[],
  plan: ReadonlyMap<string, MemberAssignment>,
): ReadonlyMap<string, PlannedAssignment> {
  const keepers = keepersOf(members)
  const handingOver = new Set<string>()
  const kept = new Map<string, MemberAssignment>()
  for (const [memberId, assignment] of plan) {
    const partitions = assignment.partitions.filter((place) => {
      const keeper = keepers.get(placeKey(place)) ?? memberId
      if (keeper !== memberId) handingOver.add(keeper)
      return keeper === memberId
    })
    kept.set(memberId, { ...assignment, partitions })
  }
  for (const memberId of handingOver) if (!kept.has(memberId)) kept.set(memberId, { partitions: [] })
  return new Map([...kept].map(([memberId, one]) => [memberId, { ...one, handsOver: handingOver.has(memberId) }]))
}

/** Who works on what: of two that say so, the one of the later generation is right (KIP-792). */
function keepersOf(members: readonly SubscribedMember[]): ReadonlyMap<string, string> {
  const keepers = new Map<string, string>()
  const generations = new Map<string, number>()
  for (const { memberId, keepsOwned, owned, ownedGeneration = -1 } of members) {
    if (!keepsOwned) continue
    for (const place of owned) {
      const key = placeKey(place)
      if ((generations.get(key) ?? Number.NEGATIVE_INFINITY) >= ownedGeneration) continue
      generations.set(key, ownedGeneration)
      keepers.set(key, memberId)
    }
  }
  return keepers
}
