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

/**
 * Arguments of an install that takes what `pnpm-lock.yaml` pins and nothing else. The age of each version was looked at when it was
 * chosen: to look again would fetch the whole history of every package of the repository before the first byte is installed.
 */
export const installAsLocked = ['install', '--frozen-lockfile', '--config.minimumReleaseAge=0']

/** Arguments before `run` where {@link installAsLocked} has just run: pnpm would look at everything once more. */
export const asInstalled = ['--config.verifyDepsBeforeRun=false']

/** @returns {string} The `packageManager` of the root package without its hash, for example `pnpm@12.0.0`. */
function pinnedPnpm() {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
  return manifest.packageManager.replace(/\+.*$/, '')
}
