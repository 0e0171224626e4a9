import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** A child that does not outlive this process, however this one ends. */
export interface GuardedProcess {
  readonly pid: number
  readonly isRunning: boolean
  /** Resolves with the exit code, or the name of the signal that ended the child; keeps this process alive until then. */
  exit(): Promise<number | NodeJS.Signals>
  signal(name: NodeJS.Signals): void
}

/** What to run and what to clean up after it. */
export interface GuardedProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Takes the child's output. */
  readonly outputFile: string
  /** Removed by the guard when this process dies without having ended the child. */
  readonly directory: string
}

/**
 * Starts a child together with a guard: a shell that reads from a pipe this process holds open. When this process ends for
 * any reason, SIGKILL included, the pipe closes, and the guard kills the child and removes its directory.
 */
export async function startGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const output = openSync(options.outputFile, 'a')
  // Both are detached: Ctrl-C at a terminal must not reach them before the process that owns them decided what to do.
  const child = spawn(options.command, options.args, { stdio: ['ignore', output, output], detached: true })
  closeSync(output)
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const pid = child.pid!
  const guard = startGuard(pid, options.directory)
  let isRunning = true
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      isRunning = false
      // Without the child there is nothing to guard, and its pid may soon belong to someone else.
      guard.kill('SIGKILL')
      resolve(code ?? signal ?? 'SIGKILL')
    })
  })
  child.unref()
  return {
    pid,
    exit() {
      if (isRunning) child.ref()
      return exited
    },
    get isRunning() {
      return isRunning
    },
    signal(name) {
      if (isRunning) child.kill(name)
    },
  }
}

function startGuard(pid: number, directory: string): ChildProcess {
  const script = 'cat >/dev/null; kill -9 "$1"; sleep 0.2; rm -rf "$2"'
  const guard = spawn('/bin/sh', ['-c', script, 'kafka-guard', String(pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  const pipe = guard.stdin as unknown as { unref?(): void; on(event: 'error', listener: () => void): void }
  pipe.on('error', () => undefined)
  pipe.unref?.()
  return guard
}
