import { relative } from 'node:path'
import { repositoryRoot } from './repository-root.mjs'
import { emptyTally } from './tally.mjs'

/**
 * The part of vitest's JSON report that counts.
 *
 * @typedef {object} SuiteReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly { name: string, status: string, assertionResults: readonly { status: string }[] }[]} testResults
 */

/**
 * Counts one run of a suite. A file that cannot even be loaded is a failure, as is a run that ended badly although no test
 * failed (an unhandled rejection, a crash, the deadline). Skipped tests are told, and are failures in CI.
 *
 * @param {string} name
 * @param {SuiteReport | undefined} report Undefined where the run wrote none.
 * @param {{ code: number, isTimedOut: boolean, isStrict: boolean }} run
 * @returns {import('./tally.mjs').Tally}
 */
export function suiteResult(name, report, { code, isTimedOut, isStrict }) {
  const tally = emptyTally()
  /** @param {string} sentence */
  const fail = (sentence) => {
    tally.failed += 1
    tally.failures.push(`suite ${name}: ${sentence}`)
  }
  if (isTimedOut) fail('was still running at the end of its time budget and was ended')
  if (report === undefined) {
    if (!isTimedOut) fail('ended without a report')
    return tally
  }
  tally.passed += report.numPassedTests
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed').length
    const path = relative(repositoryRoot, file.name)
    if (failed > 0) {
      tally.failed += failed
      tally.failures.push(`suite ${name}: ${path}: ${failed} failed`)
    } else if (file.status === 'failed') fail(`${path} failed outside of its tests`)
  }
  if (code !== 0 && tally.failed === 0) fail(`ended with exit code ${code} although no test failed`)
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) {
    const sentence = `${skipped} tests were skipped`
    if (isStrict) fail(sentence)
    else tally.notRun.push(`suite ${name}: ${sentence}`)
  }
  return tally
}
