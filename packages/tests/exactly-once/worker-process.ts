import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'
import type { Fault, WorkerOptions, WorkerReport, WorkerRequest, WorkerRows, WorkerTasks } from './worker-options.ts'

const program = fileURLToPath(new URL('worker.mjs', import.meta.url))

/** One worker as a child of this process; it does not outlive it, stopped or not. */
export class WorkerProcess {
  readonly name: string
  readonly exit: Promise<number | NodeJS.Signals>
  /** What it had to say, for the report of a failed trial. */
  readonly lines: string[] = []
  /** Outcomes of cuts that did not commit. */
  readonly brokenCuts: string[] = []
  /** How often it was told that its partitions are gone. */
  lost = 0
  readonly #child: ChildProcess
  readonly #hitsFile: string
  readonly #answers = new Map<string, (report: WorkerReport) => void>()
  #hasEnded = false

  constructor(name: string, options: WorkerOptions) {
    this.name = name
    this.#hitsFile = options.hitsFile
    this.#child = fork(program, [JSON.stringify(options)], {
      execArgv: [],
      // Nothing of the runner around it: no loaders, no settings of an app.
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child.on('message', (report) => this.#take(report as WorkerReport))
    for (const output of [this.#child.stdout!, this.#child.stderr!]) {
      output.setEncoding('utf8').on('data', (text: string) => this.lines.push(text.trimEnd()))
    }
    const guard = startGuard(this.#child.pid!)
    this.exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#hasEnded = true
        guard.kill('SIGKILL')
        this.lines.push(`ended with ${code ?? signal}`)
        resolve(code ?? signal!)
      })
    })
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Faults that have struck, by step. */
  get hits(): string[] {
    if (!existsSync(this.#hitsFile)) return []
    return readFileSync(this.#hitsFile, 'utf8').trimEnd().split('\n')
  }

  arm(fault: Fault): void {
    this.#send({ kind: 'arm', fault })
  }

  async rows(): Promise<WorkerRows> {
    const report = await this.#ask('rows')
    return report.kind === 'rows' ? report.rows : {}
  }

  async tasks(): Promise<WorkerTasks> {
    return (await this.#ask('tasks')) as WorkerTasks
  }

  /** Resolves when the worker works on at least so many tasks. */
  async untilRunning(tasks: number): Promise<void> {
    await until(`${this.name} runs ${tasks} tasks`, async () => {
      const { state, tasks: own } = await this.tasks()
      return state === 'running' && own.filter((task) => task.state === 'running').length >= tasks
    })
  }

  /** Resolves when the system says that the process stands still: a hit is written before the signal, and proves only that it was tried. */
  async untilStopped(): Promise<void> {
    await until(`${this.name} stands still`, () => {
      const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', String(this.#child.pid)], { encoding: 'utf8' })
      return stdout.trim().startsWith('T')
    })
  }

  signal(name: 'SIGKILL' | 'SIGCONT' | 'SIGTERM'): void {
    if (!this.#hasEnded) this.#child.kill(name)
  }

  /** As an operator stops it; resolves with its exit code. */
  stop(): Promise<number | NodeJS.Signals> {
    this.signal('SIGTERM')
    return this.exit
  }

  #take(report: WorkerReport): void {
    if (report.kind === 'line') this.lines.push(report.line)
    else if (report.kind === 'cut') {
      this.brokenCuts.push(report.outcome)
      this.lines.push(`cut ${report.outcome}: ${report.cause}`)
    } else if (report.kind === 'rebalance') {
      this.lines.push(report.what)
      if (report.what === 'lost') this.lost++
    } else this.#answers.get(report.kind)?.(report)
  }

  async #ask(kind: 'rows' | 'tasks'): Promise<WorkerReport> {
    const answered = new Promise<WorkerReport>((resolve) => this.#answers.set(kind, resolve))
    this.#send({ kind })
    const ended = this.exit.then((code) => {
      throw new Error(`${this.name} ended with ${code} instead of answering:\n${this.lines.join('\n')}`)
    })
    return Promise.race([answered, ended])
  }

  #send(request: WorkerRequest): void {
    if (!this.#hasEnded) this.#child.send(request, () => undefined)
  }
}

/** Kills the worker when this process is gone, whatever ended it: a stopped process notices nothing itself. */
function startGuard(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -9 "$1"', 'worker-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.stdin!.on('error', () => undefined)
  guard.unref()
  return guard
}
