import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

/** A process on the built packages (`npm run build`). */
class Program {
  readonly #process: ChildProcess
  stdout = ''
  stderr = ''
  readonly exit: Promise<unknown[]>
  #onOutput: () => void = () => undefined

  constructor(what: string) {
    const program = fileURLToPath(new URL('./run-program.mjs', import.meta.url))
    // Variables of the tests would be refused: an app takes everything that begins with STREAM_ for a setting.
    this.#process = spawn(process.execPath, [program, what], { env: { PATH: process.env.PATH } })
    this.#process.stdout?.on('data', (chunk) => {
      this.stdout += String(chunk)
      this.#onOutput()
    })
    this.#process.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk)
    })
    this.exit = once(this.#process, 'close')
    onTestFinished(() => void this.#process.kill('SIGKILL'))
  }

  /** Resolves when the program has said it; rejects when it ends without. */
  async says(line: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        if (this.stdout.includes(`${line}\n`)) resolve()
      }
      this.#onOutput()
    })
    const ended = this.exit.then(() => {
      if (!this.stdout.includes(`${line}\n`)) throw new Error(`ended without "${line}": ${this.stdout}${this.stderr}`)
    })
    await Promise.race([said, ended])
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s drains: what is in flight is finished and committed, exit code 0',
  async (signal) => {
    const program = new Program('slow')
    await program.says('begun')
    program.signal(signal)
    expect(await program.exit).toEqual([0, null])
    expect(program.stdout).toBe('begun\ndraining\nstopped\nover with 1 results\n')
  },
)

it('a second signal ends the process at once, with 128 and the signal’s number, and says what becomes of the work', async () => {
  const program = new Program('never')
  await program.says('begun')
  program.signal('SIGTERM')
  await program.says('draining')
  program.signal('SIGINT')
  expect(await program.exit).toEqual([130, null])
  expect(program.stderr).toMatch(/second signal \(SIGINT\): ending at once; what was not committed is processed again/)
  expect(program.stdout).not.toContain('over with')
})

it('a failure ends the process by itself with exit code 1, and one line that says why', async () => {
  const program = new Program('throws')
  expect(await program.exit).toEqual([1, null])
  expect(program.stdout).toContain('failed\nover with 0 results\n')
  const lines = program.stderr.split('\n').filter((line) => line.includes('STREAM_HANDLER_FAILED'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('STREAM_HANDLER_FAILED: "work" (in-0, offset 0) failed: no good')
})
