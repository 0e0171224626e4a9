/**
 * What passed, what failed, and what could not run and why.
 *
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures One sentence for each thing that failed.
 * @property {string[]} notRun One sentence for each thing that could not run here, or was skipped.
 */

/** @returns {Tally} */
export function emptyTally() {
  return { passed: 0, failed: 0, failures: [], notRun: [] }
}

/**
 * @param {Tally} tally
 * @param {Tally} other Added to the first.
 */
export function addTally(tally, other) {
  tally.passed += other.passed
  tally.failed += other.failed
  tally.failures.push(...other.failures)
  tally.notRun.push(...other.notRun)
}

/**
 * The end of every command that tests: what failed, what could not run, and `N passed, N failed` as the last line.
 *
 * @param {Tally} tally
 * @returns {string}
 */
export function summary({ passed, failed, failures, notRun }) {
  return [
    ...section('Failed:', failures),
    ...section('Not run here:', notRun),
    `${passed} passed, ${failed} failed`,
  ].join('\n')
}

/**
 * @param {string} title
 * @param {readonly string[]} sentences
 */
function section(title, sentences) {
  return sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  ${sentence}`), '']
}
