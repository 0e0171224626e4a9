import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './repository-root.mjs'
import { runCommand } from './run-command.mjs'

/**
 * Runs pnpm in the version that the repository pins, fetched by npx into its cache: nothing is installed globally.
 *
 * @param {readonly string[]} args
 * @param {import('./run-command.mjs').CommandOptions} [options]
 */
export function pnpm(args, options) {
  return runCommand('npx', ['--yes', pinnedPnpm(), ...args], options)
}

/** @returns {string} The `packageManager` of the root package without its hash, for example `pnpm@12.0.0`. */
function pinnedPnpm() {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
  return manifest.packageManager.replace(/\+.*$/, '')
}
