import type { App, AppOptions, StreamError } from '@stream/core'
import type { Transport } from '@stream/core/adapter'
import { expect, type TestContext } from 'vitest'
import {
  type Fold,
  fold,
  judgeEnds,
  judgeGrouped,
  judgeOrdered,
  Load,
  Schedule,
  Tail,
  until,
} from '../exactly-once/index.ts'
import { Cluster } from '../src/cluster/index.ts'
import { type FaultyClient, undisturbed } from './client.ts'
import { type CountingTopics, countingApp } from './counting-app.ts'

/** Where a run takes place. */
export interface FaultSite {
  readonly client: FaultyClient
  /** Addresses for those that judge. */
  readonly direct: readonly string[]
  /** Addresses for the app: behind a proxy, where there is one. */
  readonly proxied: readonly string[]
  /** @default exactly_once */
  readonly guarantee?: 'exactly_once' | 'at_least_once'
  /** @default 2 */
  readonly partitions?: number
  readonly settings?: AppOptions['settings']
}

const pace = { everyMs: 40, perBatch: 4 }
let runs = 0

/** One app under load and faults, in this process, and what is needed to judge what came of it. */
export class FaultRun {
  /** Id of the app, and the client id of its workers: what faults are aimed by. */
  readonly id: string
  readonly load: Load
  readonly topics: CountingTopics
  /** How cuts ended that did not commit. */
  readonly broken: string[] = []
  committed = 0
  readonly #site: FaultSite
  readonly #partitions: number
  readonly #transport: Transport
  readonly #cluster: Cluster
  readonly #schedule = new Schedule()
  readonly #tail: Tail
  readonly #lines: string[] = []
  readonly #workers = new Map<App, Transport>()

  static async start(context: TestContext, site: FaultSite): Promise<FaultRun> {
    const id = `faults-${process.pid}-${Date.now().toString(36)}-${runs++}`
    const connect = (): Transport => undisturbed(site.direct)
    const cluster = new Cluster({ name: 'kafka', connect })
    const transport = connect()
    await transport.open({ log: () => undefined })
    const topics = { input: `${id}.input`, ordered: `${id}.ordered`, grouped: `${id}.grouped` }
    for (const topic of Object.values(topics)) {
      await cluster.createTopic(topic, site.partitions ?? 2, { 'retention.ms': '-1' })
    }
    return new FaultRun(context, site, { id, cluster, transport, topics })
  }

  private constructor(
    context: TestContext,
    site: FaultSite,
    parts: {
      readonly id: string
      readonly cluster: Cluster
      readonly transport: Transport
      readonly topics: CountingTopics
    },
  ) {
    this.id = parts.id
    this.topics = parts.topics
    this.#site = site
    this.#partitions = site.partitions ?? 2
    this.#cluster = parts.cluster
    this.#transport = parts.transport
    const { input, ordered, grouped } = parts.topics
    this.load = new Load(parts.transport, input, this.#partitions, this.#schedule, pace)
    this.#tail = new Tail(parts.transport, [ordered, grouped], this.#partitions)
    context.onTestFailed(() => void process.stderr.write(this.#report()))
    context.onTestFinished(() => this.#close())
  }

  /** Records that have all their results. */
  get complete(): number {
    return this.#tail.complete
  }

  /** Starts one more worker. */
  async worker(workerId?: string, settings: AppOptions['settings'] = {}): Promise<App> {
    const transport = this.#site.client.connect(this.#site.proxied, this.id)
    const app = countingApp({
      id: this.id,
      topics: this.topics,
      transport,
      admin: undisturbed(this.#site.direct),
      guarantee: this.#site.guarantee ?? 'exactly_once',
      settings: { ...(workerId === undefined ? {} : { workerId }), ...this.#site.settings, ...settings },
      log: (line) => void this.#lines.push(`${(performance.now() / 1_000).toFixed(2)} ${line}`),
      onCut: (outcome) => {
        if (outcome === 'committed') this.committed++
        else this.broken.push(outcome)
      },
    })
    this.#workers.set(app, transport)
    await app.start()
    return app
  }

  /** Starts a worker that cannot work; resolves with the cause. */
  async failedWorker(workerId: string): Promise<StreamError> {
    const before = new Set(this.#workers.keys())
    await this.worker(workerId).catch(() => undefined)
    const app = [...this.#workers.keys()].find((one) => !before.has(one))!
    await until('a worker that fails', () => app.failure !== undefined)
    return app.failure!
  }

  /** Stops a worker as its operator would. */
  async stop(app: App): Promise<void> {
    this.#workers.delete(app)
    await app.stop()
    expect(app.failure, 'failure of a worker').toBeUndefined()
  }

  /** Everything that is in the log by now comes out. */
  async untilCaughtUp(what: string, deadlineMs: number = 50_000): Promise<void> {
    const { sent } = this.load
    for (const app of this.#workers.keys()) expect(app.failure, `failure of a worker ${what}`).toBeUndefined()
    await until(`results of ${sent} records ${what}`, () => this.complete >= sent, deadlineMs)
  }

  /** Whether readers of what is committed wait in a partition for the end of a transaction. */
  async isBlocked(topic: string, partition: number): Promise<boolean> {
    const reader = this.#transport.reader({
      isolation: 'read_committed',
      maxPollBytes: 1 << 20,
      maxPartitionBytes: 1 << 20,
      fetchWaitMs: 100,
    })
    try {
      const [stable] = await reader.endOffsets([{ topic, partition }], 'read_committed')
      const [end] = await reader.endOffsets([{ topic, partition }], 'read_uncommitted')
      return stable!.offset < end!.offset
    } finally {
      await reader.close()
    }
  }

  /** Stops load and workers, and compares all that can be read with what the input comes to. */
  async judge(caughtUpWithinMs?: number): Promise<void> {
    const sent = await this.load.stop()
    await this.untilCaughtUp('at the end', caughtUpWithinMs)
    for (const app of [...this.#workers.keys()]) await this.stop(app)
    const input = await this.#cluster.read(this.topics.input)
    const expected = fold(
      input,
      Array.from({ length: this.#partitions }, () => ''),
    )
    expect(input.length, 'records in the input').toBe(sent)
    if (this.#site.guarantee === 'at_least_once') await this.#judgeNothingLost(expected)
    else await this.#judgeExact(expected)
  }

  async #judgeExact(expected: Fold): Promise<void> {
    judgeOrdered(expected, await this.#cluster.read(this.topics.ordered), this.#partitions)
    judgeGrouped(expected, await this.#cluster.read(this.topics.grouped), this.#partitions)
    for (const [table, rows] of this.#tables(expected)) {
      expect(await this.#cluster.fold(`${this.id}-${table}-changelog`), `changelog of ${table}`).toEqual(rows)
    }
    await judgeEnds(this.#transport, this.#cluster, {
      groupId: this.id,
      input: this.topics.input,
      repartition: `${this.id}-groups-repartition`,
      others: [
        this.topics.ordered,
        this.topics.grouped,
        ...[...this.#tables(expected).keys()].map((table) => `${this.id}-${table}-changelog`),
      ],
      partitions: this.#partitions,
    })
  }

  async #judgeNothingLost(expected: Fold): Promise<void> {
    for (const topic of [this.topics.ordered, this.topics.grouped]) {
      const found = new Set((await this.#cluster.read(topic)).map(({ value }) => (value as { readonly n: number }).n))
      expect(found.size, `records with a result in ${topic}`).toBe(expected.records)
    }
    for (const [name, rows] of this.#tables(expected)) {
      const table = await this.#cluster.fold(`${this.id}-${name}-changelog`)
      for (const [key, { count }] of rows) {
        expect((table.get(key) as { readonly count: number }).count, `${name} ${key}`).toBeGreaterThanOrEqual(count)
      }
    }
  }

  #tables(expected: Fold): Map<string, ReadonlyMap<string, { readonly count: number }>> {
    return new Map([
      ['ordered', expected.keyRows],
      ['grouped', expected.groupRows],
    ])
  }

  #report(): string {
    const states = [...this.#workers.keys()].map(({ state, failure }) => `worker ${state} ${failure ?? ''}`)
    const progress = `${this.load.sent} records sent, ${this.complete} complete, ${this.committed} cuts, broken ${this.broken.join(' ')}`
    const seed = `STREAM_TRIAL_SEED=${this.#schedule.seed}`
    return [`run ${this.id}: ${seed}, ${progress}`, ...states, ...this.#lines.slice(-60), ''].join('\n  ')
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((app) => app.stop().catch(() => undefined)))
    await this.load.stop().catch(() => undefined)
    await this.#tail.close().catch(() => undefined)
    await this.#cluster.close()
    await this.#transport.close()
  }
}
