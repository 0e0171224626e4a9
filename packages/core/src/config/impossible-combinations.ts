import type { Settings } from './settings-table.ts'

/** Settings that cannot work together, each fine by itself, and why. */
export interface CombinationProblem {
  readonly settings: readonly string[]
  /** One sentence with the names and the values. */
  readonly problem: string
}

/** All combinations of settings that cannot work. */
export function combinationProblems(settings: Settings): readonly CombinationProblem[] {
  const problems: CombinationProblem[] = []
  const refuse = (one: keyof Settings, must: string, other: keyof Settings, why: string): void => {
    const problem = `${one} (${settings[one]}) must be ${must} ${other} (${settings[other]}), ${why}`
    problems.push({ settings: [one, other], problem })
  }
  if (settings.heartbeatIntervalMs * 2 >= settings.sessionTimeoutMs) {
    refuse('heartbeatIntervalMs', 'less than half of', 'sessionTimeoutMs', 'or one late heartbeat loses the membership')
  }
  if (settings.maxPartitionBytes > settings.maxPollBytes) {
    refuse('maxPartitionBytes', 'at most', 'maxPollBytes', 'which bounds all partitions of a poll together')
  }
  if (settings.progressTimeoutMs <= settings.commitIntervalMs) {
    refuse('progressTimeoutMs', 'more than', 'commitIntervalMs', 'or every partition looks stalled between two cuts')
  }
  return problems
}
