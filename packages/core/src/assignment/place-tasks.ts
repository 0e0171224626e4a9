import type { Candidate, TaskGroup } from './assignable-tasks.ts'

/**
 * The tasks of one group, as `tasks[candidate]`: owners keep theirs up to their quota, tasks that nobody keeps go to who holds most of
 * their state, and the rest to the candidates in turn.
 *
 * @param owners candidate that owned each task
 * @param quotas how many each candidate gets; together exactly the number of tasks
 */
export function placeTasks(
  group: TaskGroup,
  candidates: readonly Candidate[],
  owners: readonly (number | undefined)[],
  quotas: readonly number[],
): readonly (readonly number[])[] {
  const placed: number[][] = candidates.map(() => [])
  const hasRoom = (candidate: number): boolean => placed[candidate]!.length < quotas[candidate]!
  const open = new Set<number>()
  owners.forEach((owner, task) => {
    if (owner !== undefined && hasRoom(owner)) placed[owner]!.push(task)
    else open.add(task)
  })
  for (const { task, candidate } of byLag(group, candidates, open)) {
    if (!open.has(task) || !hasRoom(candidate)) continue
    placed[candidate]!.push(task)
    open.delete(task)
  }
  let turn = 0
  for (const task of open) {
    while (!hasRoom(group.eligible[turn % group.eligible.length]!)) turn++
    placed[group.eligible[turn % group.eligible.length]!]!.push(task)
    turn++
  }
  return placed
}

/** Who holds state of open tasks, the most complete first. */
function byLag(
  group: TaskGroup,
  candidates: readonly Candidate[],
  open: ReadonlySet<number>,
): readonly { readonly task: number; readonly candidate: number }[] {
  const holders: { task: number; candidate: number; lag: number }[] = []
  for (const task of open) {
    const name = `${group.id}_${task}`
    for (const candidate of group.eligible) {
      const { lag } = candidates[candidate]!
      if (Object.hasOwn(lag, name)) holders.push({ task, candidate, lag: lag[name]! })
    }
  }
  return holders.sort((one, other) => one.lag - other.lag || one.task - other.task || one.candidate - other.candidate)
}
