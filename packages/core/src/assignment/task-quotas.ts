import type { TaskGroup } from './assignable-tasks.ts'

/** How many tasks of each group every candidate gets: `quotas[group][candidate]`. */
export type TaskQuotas = readonly (readonly number[])[]

/**
 * Divides every group evenly among those who can take it, so that two of them differ by one at most, and chooses who gets the odd tasks
 * such that totals are as even as they can be; where that leaves a choice, who owns more keeps more.
 *
 * The odd tasks are a flow from groups to candidates. It starts where every group suits its owners best, and odd tasks then move from
 * crowded to idle candidates along the path (through other candidates and groups) that takes the fewest tasks from their owners.
 *
 * @param owned tasks of each group that every candidate owns, `owned[group][candidate]`
 */
export function taskQuotas(groups: readonly TaskGroup[], owned: TaskQuotas, candidateCount: number): TaskQuotas {
  const totals = new Array<number>(candidateCount).fill(0)
  const bases = groups.map((group) => Math.floor(group.taskCount / group.eligible.length))
  groups.forEach((group, g) => {
    for (const candidate of group.eligible) totals[candidate]! += bases[g]!
  })
  const keeps = (g: number, candidate: number): number => (owned[g]![candidate]! > bases[g]! ? 1 : 0)
  const odd = groups.map((group, g) => {
    const chosen = new Set(
      [...group.eligible]
        .sort((one, other) => keeps(g, other) - keeps(g, one) || totals[one]! - totals[other]! || one - other)
        .slice(0, group.taskCount - bases[g]! * group.eligible.length),
    )
    for (const candidate of chosen) totals[candidate]!++
    return chosen
  })
  while (moveOne(groups, odd, keeps, totals)) {}
  return groups.map((group, g) => {
    const quotas = new Array<number>(candidateCount).fill(0)
    for (const candidate of group.eligible) quotas[candidate] = bases[g]! + (odd[g]!.has(candidate) ? 1 : 0)
    return quotas
  })
}

/** How an odd task of a group gets from one candidate to another. */
interface Step {
  readonly from: number
  readonly group: number
}

/** Makes the totals more even by one move along the cheapest path from the most crowded candidates that can; false when none can. */
function moveOne(
  groups: readonly TaskGroup[],
  odd: readonly Set<number>[],
  keeps: (group: number, candidate: number) => number,
  totals: number[],
): boolean {
  for (const crowded of [...new Set(totals)].sort((one, other) => other - one)) {
    const { costs, steps } = cheapestPaths(groups, odd, keeps, totals, crowded)
    let target: number | undefined
    totals.forEach((total, candidate) => {
      if (total > crowded - 2 || costs[candidate] === Number.POSITIVE_INFINITY) return
      if (
        target === undefined ||
        costs[candidate]! < costs[target]! ||
        (costs[candidate] === costs[target] && total < totals[target]!)
      ) {
        target = candidate
      }
    })
    if (target === undefined) continue
    let current = target
    totals[current]!++
    for (let step = steps[current]; step !== undefined; step = steps[current]) {
      odd[step.group]!.delete(step.from)
      odd[step.group]!.add(current)
      current = step.from
    }
    totals[current]!--
    return true
  }
  return false
}

/** Bellman-Ford from all candidates with `crowded` tasks; the cost of a path is the number of tasks it takes from their owners. */
function cheapestPaths(
  groups: readonly TaskGroup[],
  odd: readonly Set<number>[],
  keeps: (group: number, candidate: number) => number,
  totals: readonly number[],
  crowded: number,
): { readonly costs: readonly number[]; readonly steps: readonly (Step | undefined)[] } {
  const costs = totals.map((total) => (total === crowded ? 0 : Number.POSITIVE_INFINITY))
  const steps: (Step | undefined)[] = totals.map(() => undefined)
  // No cycle has a negative cost, since every state on the way is the cheapest for its totals; the bound is only a guard.
  for (let round = 0, changed = true; changed && round < totals.length; round++) {
    changed = false
    groups.forEach((group, g) => {
      for (const from of odd[g]!) {
        for (const to of group.eligible) {
          if (odd[g]!.has(to)) continue
          const cost = costs[from]! + keeps(g, from) - keeps(g, to)
          if (cost < costs[to]!) {
            costs[to] = cost
            steps[to] = { from, group: g }
            changed = true
          }
        }
      }
    })
  }
  return { costs, steps }
}
