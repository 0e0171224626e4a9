import { emptyTally } from './tally.mjs'

/**
 * Tells which suites can run here. One whose component is missing is named with the reason, and counts as failed where that must
 * not be.
 *
 * @param {readonly import('./suites.mjs').Suite[]} suites
 * @param {(name: import('./suites.mjs').Component) => Promise<{ available: boolean, reason: string }>} component Asked for every component.
 * @param {{ isStrict: boolean }} options Strict: a missing component is a failure.
 */
export async function planSuites(suites, component, { isStrict }) {
  /** @type {import('./suites.mjs').Suite[]} */
  const toRun = []
  const tally = emptyTally()
  for (const suite of suites) {
    const answers = await Promise.all(suite.needs.map(component))
    const missing = answers.filter((answer) => !answer.available).map((answer) => answer.reason)
    if (missing.length === 0) toRun.push(suite)
    else if (!isStrict) tally.notRun.push(`suite ${suite.name}: ${missing.join('; ')}`)
    else {
      tally.failed += 1
      tally.failures.push(`suite ${suite.name} could not run: ${missing.join('; ')}`)
    }
  }
  return { toRun, tally }
}
