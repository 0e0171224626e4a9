import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './repository-root.mjs'
import { runCommand } from './run-command.mjs'
import { suiteResult } from './suite-result.mjs'

/**
 * Runs one suite by vitest, shows what it prints, and counts its report.
 *
 * @param {import('./suites.mjs').Suite} suite
 * @param {{ isStrict: boolean }} options Strict: a skipped test is a failure.
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runSuite(suite, { isStrict }) {
  const folder = join(repositoryRoot, '.cache', 'test-reports')
  const reportFile = join(folder, `${suite.name}.json`)
  mkdirSync(folder, { recursive: true })
  rmSync(reportFile, { force: true })
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--project', suite.name, '--passWithNoTests']
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  // Files that share one broker and two cores disturb each other's timing when they run at once.
  const order = suite.needs.includes('kafka') ? ['--no-file-parallelism'] : []
  const run = await runCommand(process.execPath, [...args, ...reporters, ...order], {
    deadlineMs: suite.timeBudgetMs,
    isShown: true,
  })
  return suiteResult(suite.name, readReport(reportFile), { ...run, isStrict })
}

/**
 * @param {string} file
 * @returns {import('./suite-result.mjs').SuiteReport | undefined}
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
