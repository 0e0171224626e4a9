/**
 * `npm test`: installs, builds, type-checks, lints and runs every suite that this machine can run; says what it could not run
 * and why. With `CI=true` a missing component is a failure. The last line is `N passed, N failed`.
 *
 * `--fast` runs only the fast suites of a repository that is built already; `--tally=<file>` writes the counts as JSON, too.
 */
import './require-node.mjs'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { component } from './components.mjs'
import { provideRdkafka } from './native-addon.mjs'
import { planSuites } from './plan-suites.mjs'
import { asInstalled, installAsLocked, pnpm } from './pnpm.mjs'
import { runCheck } from './run-check.mjs'
import { runSuite } from './run-suite.mjs'
import { suites } from './suites.mjs'
import { addTally, emptyTally, summary } from './tally.mjs'

const { values } = parseArgs({ options: { fast: { type: 'boolean', default: false }, tally: { type: 'string' } } })
const isStrict = process.env.CI === 'true'
const tally = emptyTally()

if (values.fast || (await prepare())) await runSuites(suites.filter((suite) => suite.fast || !values.fast))

process.stdout.write(`\n${summary(tally)}\n`)
if (values.tally !== undefined) writeFileSync(values.tally, JSON.stringify(tally))
process.exitCode = tally.failed === 0 ? 0 : 1

/** Runs the checks before the suites; false where nothing can run after them. */
async function prepare() {
  const deadlineMs = 600_000
  const env = { TURBO_TELEMETRY_DISABLED: '1' }
  const [install, run] = isStrict ? [installAsLocked, asInstalled] : [['install'], []]
  addTally(
    tally,
    await runCheck('install', () => pnpm([...install, '--config.confirmModulesPurge=false'], { deadlineMs })),
  )
  if (tally.failed > 0) return false
  // Elsewhere it is compiled by those who ask for it: `npm run native`.
  if (isStrict) addTally(tally, await runCheck('node-rdkafka', provideRdkafka))
  for (const name of ['build', 'typecheck', 'lint']) {
    addTally(tally, await runCheck(name, () => pnpm([...run, 'run', name], { deadlineMs, env })))
  }
  return true
}

/** @param {readonly import('./suites.mjs').Suite[]} chosen */
async function runSuites(chosen) {
  const plan = await planSuites(chosen, component, { isStrict })
  for (const suite of plan.toRun) {
    process.stdout.write(`\nsuite ${suite.name}\n`)
    addTally(tally, await runSuite(suite, { isStrict }))
  }
  addTally(tally, plan.tally)
}
