import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type GuardedProcess, startGuarded } from './guarded-process.ts'
import type { Detour, KafkaNode } from './kafka-broker.ts'
import { answersClients, hasCoordinators } from './probe.ts'

const readyWithinMs = 120_000
const stopWithinMs = 30_000

/** Where a formatted node lives and how it is run. */
export interface LocalNodeOptions {
  /** Holds `server.log`, `output.log` and the data; removed by `close()`. */
  readonly directory: string
  readonly nodeId: number
  readonly port: number
  /** Whether clients use it, and not only brokers. */
  readonly isBroker: boolean
  readonly detours: readonly Detour[]
  readonly javaArgs: readonly string[]
}

/** One KRaft node as a child of this process. */
export class LocalNode implements KafkaNode {
  readonly nodeId: number
  readonly detours: readonly Detour[]
  readonly brokers: readonly string[]
  readonly port: number
  readonly #options: LocalNodeOptions
  isPaused = false
  #process: GuardedProcess | undefined
  readonly #killAtExit = (): void => {
    this.#process?.signal('SIGKILL')
    rmSync(this.#options.directory, { recursive: true, force: true })
  }

  constructor(options: LocalNodeOptions) {
    this.#options = options
    this.nodeId = options.nodeId
    this.detours = options.detours
    this.port = options.port
    this.brokers = [`127.0.0.1:${options.port}`]
    process.once('exit', this.#killAtExit)
  }

  get pid(): number | undefined {
    return this.#process?.isRunning ? this.#process.pid : undefined
  }

  /** Starts the process and waits until clients are answered and both coordinators are there. */
  async start(): Promise<void> {
    await this.launch()
    await this.untilReady()
  }

  /** Starts the process. */
  async launch(): Promise<void> {
    const { directory, javaArgs } = this.#options
    this.isPaused = false
    const node = await startGuarded({
      command: 'java',
      args: javaArgs,
      outputFile: join(directory, 'output.log'),
      directory,
    })
    this.#process = node
  }

  /** Waits until clients are answered and both coordinators are there; a controller is ready when its process is. */
  async untilReady(): Promise<void> {
    const node = this.#process
    if (node === undefined || !this.#options.isBroker) return
    const deadline = Date.now() + readyWithinMs
    while (!(await answersClients(this.port)) || !(await hasCoordinators(this.port))) {
      if (!node.isRunning)
        throw new Error(`Kafka ended with ${await node.exit()} before it was ready:\n${this.logTail()}`)
      if (Date.now() > deadline) {
        await this.kill()
        throw new Error(`Kafka on port ${this.port} was not ready within ${readyWithinMs} ms:\n${this.logTail()}`)
      }
      await delay(25)
    }
  }

  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL')
    await this.#process?.exit()
  }

  async stop(): Promise<void> {
    const node = this.#process
    if (node === undefined) return
    node.signal('SIGCONT')
    node.signal('SIGTERM')
    const timer = setTimeout(() => node.signal('SIGKILL'), stopWithinMs)
    await node.exit()
    clearTimeout(timer)
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  pause(): void {
    this.isPaused = true
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.isPaused = false
    this.#process?.signal('SIGCONT')
  }

  logTail(lines = 40): string {
    return ['output.log', 'server.log']
      .map((name) => join(this.#options.directory, name))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'))
      .join('\n')
  }

  async close(): Promise<void> {
    process.removeListener('exit', this.#killAtExit)
    await this.kill()
    rmSync(this.#options.directory, { recursive: true, force: true })
  }
}
