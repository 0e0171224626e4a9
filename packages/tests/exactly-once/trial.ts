import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transport } from '@stream/core/adapter'
import { kafkajs } from '@stream/transport-kafkajs'
import type { KafkaBroker } from '@stream-internal/kafka-harness'
import { expect, onTestFailed, onTestFinished } from 'vitest'
import { Cluster, keysOf } from '../src/cluster/index.ts'
import { type Fold, fold } from './fold.ts'
import { judgeEnds } from './judge-ends.ts'
import { judgeAsync, judgeGrouped, judgeOrdered } from './judge-outputs.ts'
import { Load } from './load.ts'
import { Schedule } from './schedule.ts'
import { Tail } from './tail.ts'
import { until } from './until.ts'
import type { Fault, Row, TrialTopics, WorkerOptions } from './worker-options.ts'
import { WorkerProcess } from './worker-process.ts'

const partitions = 4
/** Tasks of the worker's app: what reads the input, and what reads the groups. */
export const allTasks: number = 2 * partitions

/** How a worker of a trial is started. */
export interface StartOptions {
  /** @default none: a dynamic member */
  readonly workerId?: string
  readonly fault?: Fault
  /** @default false */
  readonly ignoresFencing?: boolean
  /** @default 6000 */
  readonly sessionTimeoutMs?: number
}

let trials = 0

/** One app of several worker processes under load, and what is needed to judge what they did. */
export class Trial {
  readonly schedule = new Schedule()
  readonly load: Load
  readonly tail: Tail
  readonly topics: TrialTopics
  readonly #appId: string
  readonly #brokers: readonly string[]
  readonly #guarantee: WorkerOptions['guarantee']
  readonly #transport: Transport
  readonly #cluster: Cluster
  readonly #directory = mkdtempSync(join(tmpdir(), 'stream-trial-'))
  readonly #workers: WorkerProcess[] = []
  readonly #totalKeys: readonly string[]

  static async start(broker: KafkaBroker, guarantee: WorkerOptions['guarantee'] = 'exactly_once'): Promise<Trial> {
    const connect = (): Transport =>
      kafkajs({ brokers: broker.brokers, connectionTimeoutMs: 2_000, requestTimeoutMs: 5_000 })
    const transport = connect()
    await transport.open({ log: () => undefined })
    const cluster = new Cluster({ name: 'kafka', connect })
    const appId = `trial-${process.pid}-${Date.now().toString(36)}-${trials++}`
    const named = (name: string): string => `${appId}.${name}`
    const topics = {
      input: named('input'),
      ordered: named('ordered'),
      async: named('async'),
      grouped: named('grouped'),
    }
    for (const topic of Object.values(topics)) await cluster.createTopic(topic, partitions, { 'retention.ms': '-1' })
    return new Trial({ transport, cluster, appId, topics, brokers: broker.brokers, guarantee })
  }

  private constructor(parts: {
    readonly transport: Transport
    readonly cluster: Cluster
    readonly appId: string
    readonly topics: TrialTopics
    readonly brokers: readonly string[]
    readonly guarantee: WorkerOptions['guarantee']
  }) {
    this.#transport = parts.transport
    this.#cluster = parts.cluster
    this.#appId = parts.appId
    this.#brokers = parts.brokers
    this.#guarantee = parts.guarantee
    this.topics = parts.topics
    this.#totalKeys = Array.from({ length: partitions }, (_, at) => keysOf(at, partitions, 1, 'shared')[0]!)
    const { input, ordered, async, grouped } = parts.topics
    this.load = new Load(parts.transport, input, partitions, this.schedule)
    this.tail = new Tail(parts.transport, [ordered, async, grouped], partitions)
    onTestFailed(() => void process.stderr.write(this.#report()))
    onTestFinished(() => this.#close())
  }

  start(name: string, options: StartOptions = {}): WorkerProcess {
    const hitsFile = join(this.#directory, `hits-${this.#workers.length}`)
    const worker = new WorkerProcess(name, {
      appId: this.#appId,
      brokers: this.#brokers,
      topics: this.topics,
      guarantee: this.#guarantee,
      sessionTimeoutMs: 6_000,
      totalKeys: this.#totalKeys,
      hitsFile,
      ...options,
    })
    this.#workers.push(worker)
    return worker
  }

  /** Everything that is in the log by now comes out. */
  async untilCaughtUp(deadlineMs: number = 30_000): Promise<void> {
    const { sent } = this.load
    await until(`results of ${sent} records`, () => this.tail.complete >= sent, deadlineMs)
  }

  /**
   * Stops the load, waits until its results are out, stops the workers, and returns what the input comes to. `asksWorkers`: what they hold
   * has to be that, too.
   */
  async end(
    workers: readonly WorkerProcess[],
    asksWorkers: boolean = this.#guarantee === 'exactly_once',
  ): Promise<Fold> {
    const sent = await this.load.stop()
    await this.untilCaughtUp()
    const input = await this.#cluster.read(this.topics.input)
    const expected = fold(input, this.#totalKeys)
    expect(input.length, 'records in the input').toBe(sent)
    expect(expected.inputs.size, 'records in the input, each once').toBe(sent)
    if (asksWorkers) await this.#judgeQueries(workers, expected)
    for (const worker of workers) expect(await worker.stop(), `exit code of ${worker.name}`).toBe(0)
    return expected
  }

  /** Everything that a reader can see must be what the fold says, record by record. */
  async judge(expected: Fold): Promise<void> {
    judgeOrdered(expected, await this.#cluster.read(this.topics.ordered), partitions)
    judgeAsync(expected, await this.#cluster.read(this.topics.async), partitions)
    judgeGrouped(expected, await this.#cluster.read(this.topics.grouped), partitions)
    for (const [table, rows] of this.#tablesOf(expected)) {
      const changelog = await this.#cluster.fold(`${this.#appId}-${table}-changelog`)
      expect(changelog, `changelog of ${table}`).toEqual(rows)
    }
    await judgeEnds(this.#transport, this.#cluster, {
      groupId: this.#appId,
      input: this.topics.input,
      repartition: `${this.#appId}-groups-repartition`,
      others: [
        this.topics.ordered,
        this.topics.async,
        this.topics.grouped,
        ...['ordered', 'async', 'grouped'].map((table) => `${this.#appId}-${table}-changelog`),
      ],
      partitions,
    })
  }

  /** Records of an output, as a read-committed reader sees them. */
  outputs(topic: keyof TrialTopics): ReturnType<Cluster['read']> {
    return this.#cluster.read(this.topics[topic])
  }

  /** The fold of a table's changelog. */
  table(name: string): ReturnType<Cluster['fold']> {
    return this.#cluster.fold(`${this.#appId}-${name}-changelog`)
  }

  /** Rows reach the stores right after their commit: the last of them may need a moment. */
  async #judgeQueries(workers: readonly WorkerProcess[], expected: Fold): Promise<void> {
    const held = async (): Promise<Map<string, (readonly [string, Row])[]>> => {
      const rows = new Map<string, (readonly [string, Row])[]>()
      for (const worker of workers) {
        for (const [table, own] of Object.entries(await worker.rows())) {
          rows.set(table, [...(rows.get(table) ?? []), ...own])
        }
      }
      return rows
    }
    const countOf = (rows: readonly (readonly [string, Row])[] = []): number =>
      rows.reduce((sum, [, { count }]) => sum + count, 0)
    const wanted = new Map([...this.#tablesOf(expected)].map(([table, rows]) => [table, countOf([...rows])]))
    await until('all rows are in the stores', async () => {
      const rows = await held()
      return [...wanted].every(([table, count]) => countOf(rows.get(table)) >= count)
    })
    const rows = await held()
    for (const [table, expectedRows] of this.#tablesOf(expected)) {
      const own = rows.get(table)!
      expect(own.length, `rows of ${table}, each at one worker`).toBe(expectedRows.size)
      expect(new Map(own), `queried rows of ${table}`).toEqual(expectedRows)
    }
  }

  #tablesOf(expected: Fold): Map<string, ReadonlyMap<string, Row>> {
    return new Map([
      ['ordered', expected.keyRows],
      ['async', new Map([...expected.keyRows, ...expected.sharedRows])],
      ['grouped', expected.groupRows],
    ])
  }

  #report(): string {
    const said = this.#workers.map(({ name, lines, hits }) =>
      [`${name}, hits ${hits.join(' ')}`, ...lines.slice(-40)].join('\n    '),
    )
    const progress = `${this.load.sent} records sent, ${this.tail.complete} complete`
    return [`trial ${this.#appId}: STREAM_TRIAL_SEED=${this.schedule.seed}, ${progress}`, ...said, ''].join('\n  ')
  }

  async #close(): Promise<void> {
    for (const worker of this.#workers) worker.signal('SIGKILL')
    await Promise.all(this.#workers.map(({ exit }) => exit))
    await this.load.stop().catch(() => undefined)
    await this.tail.close().catch(() => undefined)
    await this.#cluster.close()
    await this.#transport.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
