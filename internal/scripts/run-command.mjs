import { spawn } from 'node:child_process'
import { repositoryRoot } from './repository-root.mjs'

/**
 * @typedef {object} CommandOptions
 * @property {number} [deadlineMs] The command and everything it started are ended then. Default: none.
 * @property {NodeJS.ProcessEnv} [env] Added to the environment of this process.
 * @property {boolean} [isShown] Whether its output goes straight to the terminal instead of into the result. Default: false.
 *
 * @typedef {object} CommandResult
 * @property {number} code Exit code; 1 where a signal ended it or it could not be started.
 * @property {string} output What it wrote, where it was not shown.
 * @property {boolean} isTimedOut
 * @property {number} elapsedMs
 */

const graceMs = 5_000

/** Exit codes of shells for a program that a signal ended. */
const signalExitCodes = { SIGINT: 130, SIGTERM: 143 }

/**
 * Runs a command in the repository's root, in a process group of its own, so that its deadline and a signal to this process
 * end all of it. Never rejects.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, { deadlineMs, env = {}, isShown = false } = {}) {
  const isWindows = process.platform === 'win32'
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      detached: !isWindows,
      shell: isWindows && command === 'npx',
    })
    let output = ''
    let isTimedOut = false
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text))

    /** @param {NodeJS.Signals} signal */
    const end = (signal) => {
      try {
        if (child.pid !== undefined) process.kill(isWindows ? child.pid : -child.pid, signal)
      } catch {
        // It ended by itself meanwhile.
      }
    }
    /** @param {'SIGINT' | 'SIGTERM'} signal */
    const passOn = (signal) => {
      end(signal)
      process.exit(signalExitCodes[signal])
    }
    const timer = deadlineMs === undefined ? undefined : setTimeout(onDeadline, deadlineMs)
    function onDeadline() {
      isTimedOut = true
      // What it started in groups of their own ends only if it is told politely.
      end('SIGTERM')
      setTimeout(() => end('SIGKILL'), graceMs).unref()
    }
    process.once('SIGINT', passOn).once('SIGTERM', passOn)

    /** @param {number | null} code */
    const finish = (code) => {
      clearTimeout(timer)
      process.off('SIGINT', passOn).off('SIGTERM', passOn)
      resolve({ code: code ?? 1, output, isTimedOut, elapsedMs: performance.now() - startedAt })
    }
    child.once('error', (error) => {
      output += `${error.message}\n`
      finish(1)
    })
    child.once('close', finish)
  })
}
