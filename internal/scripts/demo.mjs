/**
 * `npm run demo`: installs and builds what the airport-delays example needs and nothing else, and runs it. The environment goes
 * through to the example: `STREAM_TRANSPORT=kafkajs://localhost:9092 npm run demo` runs the same program on Kafka, and
 * `STREAM_STORE=rocksdb://./state npm run demo` keeps its tables in RocksDB, which is installed only then.
 */
import './require-node.mjs'
import { spawn } from 'node:child_process'
import { asInstalled, installAsLocked, pnpm } from './pnpm.mjs'
import { repositoryRoot } from './repository-root.mjs'
import { runCheck } from './run-check.mjs'

const example = '@stream-examples/airport-delays'
const exampleMain = 'examples/airport-delays/dist/main.js'

// Without the development dependencies between packages, which would bring their tests' tools along.
const selection = ['--filter-prod', `${example}...`]
if (/^rocksdb:/.test(process.env.STREAM_STORE ?? '')) selection.push('--filter-prod', '@stream/store-rocksdb...')

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

/** The example meets a signal of the terminal itself, and decides how to end; this process waits for it. */
function run() {
  const main = [exampleMain, ...process.argv.slice(2)]
  const child = spawn(process.execPath, main, { cwd: repositoryRoot, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}
