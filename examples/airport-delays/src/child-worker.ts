import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DemoWorker, Moment } from './demo-worker.ts'
import type { Airport } from './flight.ts'
import type { WorkerReply, WorkerRequest } from './worker-messages.ts'

const program = fileURLToPath(new URL('./worker.js', import.meta.url))

/** A worker in a process of its own. It dies by SIGKILL, which it sends to itself at the very moment it was told. */
export class ChildWorker implements DemoWorker {
  readonly #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #isExpectedToEnd = false

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
  }

  async start(): Promise<void> {
    const child = fork(program, { env: { ...process.env, ...this.#env } })
    this.#child = child
    this.#isExpectedToEnd = false
    child.once('exit', (code, signal) => {
      if (this.#isExpectedToEnd) return
      process.stderr.write(`The worker ended by itself (${signal ?? `exit code ${code}`}).\n`)
      process.exit(1)
    })
    await this.#reply('started')
  }

  async crashAt(moment: Moment): Promise<void> {
    this.#isExpectedToEnd = true
    const ended = this.#ended()
    this.#ask({ kind: 'crash', moment })
    await ended
  }

  async rows(): Promise<ReadonlyMap<string, Airport>> {
    const reply = this.#reply('rows')
    this.#ask({ kind: 'rows' })
    return new Map((await reply).rows)
  }

  async stop(): Promise<void> {
    this.#isExpectedToEnd = true
    const ended = this.#ended()
    this.#child?.kill('SIGTERM')
    await ended
  }

  #ask(request: WorkerRequest): void {
    this.#child?.send(request)
  }

  async #ended(): Promise<void> {
    if (this.#child !== undefined) await once(this.#child, 'exit')
  }

  #reply<Kind extends WorkerReply['kind']>(kind: Kind): Promise<Extract<WorkerReply, { kind: Kind }>> {
    return new Promise((resolve) => {
      const child = this.#child
      const take = (reply: WorkerReply): void => {
        if (reply.kind !== kind) return
        child?.off('message', take)
        resolve(reply as Extract<WorkerReply, { kind: Kind }>)
      }
      child?.on('message', take)
    })
  }
}
