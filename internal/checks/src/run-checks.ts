import type { Check, Finding } from './check.ts'
import type { Repository } from './repository/index.ts'

/** What one check found. */
export interface CheckResult {
  readonly check: Check
  readonly findings: readonly Finding[]
}

/** Runs checks one after the other; one that breaks down has failed, and the others go on. */
export async function runChecks(repository: Repository, checks: readonly Check[]): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    try {
      results.push({ check, findings: await check.run(repository) })
    } catch (error) {
      results.push({ check, findings: [{ message: `could not run: ${describe(error)}` }] })
    }
  }
  return results
}

function describe(error: unknown): string {
  const { stderr = '' } = error as { stderr?: string }
  return `${error instanceof Error ? error.message : String(error)}\n${stderr}`.trimEnd()
}
