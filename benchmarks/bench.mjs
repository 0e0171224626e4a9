/**
 * `npm run bench -- <options>`: installs and builds what the benchmarks need, and runs them. The options are those of
 * benchmarks/README.md.
 */
import { spawn } from 'node:child_process'
import { asInstalled, installAsLocked, pnpm } from '../internal/scripts/pnpm.mjs'
import { repositoryRoot } from '../internal/scripts/repository-root.mjs'
import { runCheck } from '../internal/scripts/run-check.mjs'

// Without the development dependencies between packages, which would bring their tests' tools along.
const selection = ['--filter-prod', 'benchmarks...']

const steps = [
  { name: 'install', args: [...installAsLocked, '--config.confirmModulesPurge=false', ...selection] },
  { name: 'build', args: [...asInstalled, ...selection, 'run', 'build'] },
]

process.exitCode = (await prepare()) ? await run() : 1

async function prepare() {
  for (const { name, args } of steps) {
    if ((await runCheck(name, () => pnpm(args))).failed > 0) return false
  }
  return true
}

function run() {
  const main = ['benchmarks/dist/main.js', ...process.argv.slice(2)]
  const child = spawn(process.execPath, main, { cwd: repositoryRoot, stdio: 'inherit' })
  // The benchmark stops its broker and its programs itself; this process waits for it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}
