import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A program of this folder in a process of its own, which says its state line by line. */
export class Child {
  readonly process: ChildProcess
  readonly lines: string[] = []
  readonly #reader: Interface
  #errors = ''

  private constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process.stderr?.on('data', (text: Buffer) => (this.#errors += text.toString()))
    this.#reader = createInterface({ input: this.process.stdout! })
    this.#reader.on('line', (line) => void this.lines.push(line))
    onTestFinished(() => void this.process.kill('SIGKILL'))
  }

  static start(program: string, args: readonly string[], before: readonly string[] = []): Child {
    const file = fileURLToPath(new URL(`./programs/${program}.mjs`, import.meta.url))
    const [command, ...rest] = [...before, process.execPath, file, ...args] as [string, ...string[]]
    return new Child(command, rest)
  }

  /** The first line that begins so. Rejects where the process ends without it. */
  line(start: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.find((line) => line.startsWith(start))
        if (found !== undefined) resolve(found)
      }
      look()
      this.#reader.on('line', look)
      this.#reader.once('close', () => {
        look()
        reject(new Error(`it ended without "${start}": ${this.lines.slice(-5).join(' | ')} ${this.#errors}`))
      })
    })
  }

  /** Resolves when the process is gone and all of its lines are read. */
  async kill(): Promise<void> {
    const gone = Promise.all([once(this.process, 'exit'), once(this.#reader, 'close')])
    this.process.kill('SIGKILL')
    await gone
  }
}
