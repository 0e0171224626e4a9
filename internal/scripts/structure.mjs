/**
 * `npm run check` and `npm run generate`: builds the program that knows the structure of the repository and runs the named part
 * of it with the arguments that follow. What it looks at besides sources (packed packages, generators) must have been built.
 */
import './require-node.mjs'
import { pnpm } from './pnpm.mjs'
import { runCheck } from './run-check.mjs'
import { runCommand } from './run-command.mjs'

const [part, ...args] = process.argv.slice(2)
const build = await runCheck('build of the checks', () => pnpm(['--filter', '@stream-internal/checks', 'run', 'build']))
const run = () => runCommand(process.execPath, [`internal/checks/dist/${part}.js`, ...args], { isShown: true })
process.exitCode = build.failed > 0 ? 1 : (await run()).code
