/**
 * `npm run check`: the structure of the repository. Names of checks as arguments run those alone; `--tally=<file>` writes the
 * counts as JSON, too. The packages must have been built. The last line is `N passed, N failed`.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Finding } from './check.ts'
import { allChecks } from './checks/index.ts'
import { openRepository } from './repository/index.ts'
import { runChecks } from './run-checks.ts'

const { values, positionals } = parseArgs({ options: { tally: { type: 'string' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !allChecks.some((check) => check.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no check ${unknown.join(', ')}; there are ${allChecks.map((check) => check.name).join(', ')}\n`)
  process.exit(1)
}

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '')
const chosen = positionals.length === 0 ? allChecks : allChecks.filter((check) => positionals.includes(check.name))
const results = await runChecks(openRepository(root), chosen)

for (const { check, findings } of results) {
  process.stdout.write(`${check.name}: ${findings.length === 0 ? 'ok' : 'failed'}\n`)
  for (const finding of findings) process.stdout.write(`  ${sentence(finding)}\n`)
}
const failures = results.filter((one) => one.findings.length > 0).map((one) => `check ${one.check.name}`)
const tally = { passed: results.length - failures.length, failed: failures.length, failures, notRun: [] }
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`)
if (values.tally !== undefined) writeFileSync(values.tally, JSON.stringify(tally))
process.exitCode = tally.failed === 0 ? 0 : 1

function sentence({ file, line, message }: Finding): string {
  const place = [file, line].filter((part) => part !== undefined).join(':')
  return place === '' ? message : `${place} ${message}`
}
