/**
 * `.ci/run`: everything that decides whether a change can go in, on a new machine in a clean clone. `CI=true npm test` on the
 * oldest Node that is supported, the fast suites once more on the newest, then the structure checks. The last line is
 * `N passed, N failed` over all of it.
 */
import './require-node.mjs'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './repository-root.mjs'
import { runCommand } from './run-command.mjs'
import { addTally, emptyTally, summary } from './tally.mjs'

const oldestNode = 20
const newestNode = 24

const folder = join(repositoryRoot, '.cache', 'tallies')
const minuteMs = 60_000

/** @type {readonly { name: string, node: number, command: readonly string[], deadlineMs: number }[]} */
const stages = [
  { name: 'tests', node: oldestNode, command: ['npm', 'test', '--'], deadlineMs: 44 * minuteMs },
  {
    name: 'fast-tests',
    node: newestNode,
    command: ['node', 'internal/scripts/test.mjs', '--fast'],
    deadlineMs: 7 * minuteMs,
  },
  { name: 'structure', node: oldestNode, command: ['npm', 'run', 'check', '--'], deadlineMs: 5 * minuteMs },
]

const total = emptyTally()
mkdirSync(folder, { recursive: true })
for (const stage of stages) addTally(total, await runStage(stage))
process.stdout.write(`\n${summary(total)}\n`)
process.exitCode = total.failed === 0 ? 0 : 1

/** @param {(typeof stages)[number]} stage */
async function runStage({ name, node, command, deadlineMs }) {
  const file = join(folder, `${name}.json`)
  rmSync(file, { force: true })
  process.stdout.write(`\n${name} on Node ${node}\n`)
  const [program, ...args] = onNode(node, [...command, `--tally=${file}`])
  const run = await runCommand(program ?? '', args, { deadlineMs, env: { CI: 'true' }, isShown: true })
  const tally = readTally(file)
  if (tally !== undefined && (run.code === 0) === (tally.failed === 0)) return tally
  const reason = run.isTimedOut
    ? 'was ended at its deadline'
    : `ended with exit code ${run.code} and without its counts`
  return { ...emptyTally(), failed: 1, failures: [`${name} ${reason}`] }
}

/**
 * The command on a major version of Node: as it is where that runs this script, else with the `node` package of npm first on
 * the path, for the command and all it starts.
 *
 * @param {number} major
 * @param {readonly string[]} command
 * @returns {readonly string[]}
 */
function onNode(major, command) {
  if (process.versions.node.startsWith(`${major}.`)) return command
  return ['npx', '--yes', '--package', `node@${major}`, '--call', command.join(' ')]
}

/**
 * @param {string} file
 * @returns {import('./tally.mjs').Tally | undefined}
 */
function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
