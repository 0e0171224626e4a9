import { emptyTally } from './tally.mjs'

const indent = '  '

/**
 * Runs one step that either holds or does not; shows its output only where it does not.
 *
 * @param {string} name
 * @param {() => Promise<import('./run-command.mjs').CommandResult>} run
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runCheck(name, run) {
  const { code, output, isTimedOut, elapsedMs } = await run()
  const seconds = `${(elapsedMs / 1_000).toFixed(1)} s`
  if (code === 0) {
    process.stdout.write(`${name}: ok (${seconds})\n`)
    return { ...emptyTally(), passed: 1 }
  }
  const reason = isTimedOut ? `was ended at its deadline after ${seconds}` : `ended with exit code ${code}`
  process.stdout.write(`${name}: failed\n${output.replace(/^/gm, indent)}\n`)
  return { ...emptyTally(), failed: 1, failures: [`${name} ${reason}`] }
}
