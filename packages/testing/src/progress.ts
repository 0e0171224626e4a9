import type { App } from '@stream/core'
import type { TopicPartition } from '@stream/core/adapter'
import type { MemoryLog } from '@stream/transport-memory'
import type { Built } from './driver-options.ts'
import type { TestWorker } from './test-worker.ts'

/** A topic of the app. */
interface WatchedTopic {
  readonly name: string
  readonly partitions: number
  /** Whether the app reads it. */
  readonly isSource: boolean
}

/** Tells what an app still has to do, from what its log and its workers show. */
export class Progress {
  readonly #log: MemoryLog
  #app: App | undefined
  #topics: readonly WatchedTopic[] = []
  #tasks: readonly string[] = []
  /** Where partitions ended when a worker first got them: an app that begins with the latest leaves what lies below. */
  readonly #foundEnds: Map<string, number> = new Map()

  constructor(log: MemoryLog) {
    this.#log = log
  }

  /** A worker has got partitions. */
  assigned(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = `${topic}/${partition}`
      if (!this.#foundEnds.has(key)) this.#foundEnds.set(key, this.#log.offsets(topic, partition).end)
    }
  }

  /** What still has to happen; undefined where there is nothing to do. Workers that do not work, or stand still, do not count. */
  whatIsLeft(workers: readonly TestWorker<Built>[]): string | undefined {
    const alive = workers.filter((worker) => worker.isAlive && !worker.isStalled)
    const first = alive[0]
    if (first === undefined) return undefined
    for (const { id, app, isCutting } of alive) {
      if (app.state !== 'running') return `${id} is ${app.state}`
      if (isCutting) return `${id} makes a cut`
    }
    this.#know(first.app)
    const { state, memberIds } = this.#log.describeGroup(first.app.id)
    if (state !== 'stable') return `the group is ${state}`
    // A member that is dead keeps its tasks until its session is over; nobody needs to wait for that.
    const unowned = memberIds.length > alive.length ? undefined : this.#unownedTask(alive)
    return unowned === undefined ? this.#unfinished(first.app) : `nobody has task ${unowned}`
  }

  /** Between the rounds of a rebalance a task may have no owner. */
  #unownedTask(alive: readonly TestWorker<Built>[]): string | undefined {
    const owned = new Set(alive.flatMap(({ app }) => app.tasks().map(({ task }) => task)))
    return this.#tasks.find((task) => !owned.has(task))
  }

  #unfinished(app: App): string | undefined {
    for (const topic of this.#topics) {
      for (let partition = 0; partition < topic.partitions; partition += 1) {
        const left = this.#leftIn(app, topic, partition)
        if (left !== undefined) return left
      }
    }
    return undefined
  }

  #leftIn(app: App, { name, isSource }: WatchedTopic, partition: number): string | undefined {
    const { start, stable, end } = this.#log.offsets(name, partition)
    if (stable < end) return `a transaction is open on ${name}-${partition}`
    if (!isSource) return undefined
    const known = this.#log.committedOffset(app.id, name, partition)
    const beginsLate = app.config.values.offsetReset === 'latest'
    const committed = known ?? (beginsLate ? this.#foundEnds.get(`${name}/${partition}`) : undefined) ?? start
    // Holes at the end, such as the markers of transactions, need not be committed.
    if (!this.#log.hasRecords(name, partition, 'read_committed', committed)) return undefined
    return `${name}-${partition} is committed up to offset ${committed} and has records behind it`
  }

  /** Known once an app has started, and the same for all workers. */
  #know(app: App): void {
    if (this.#app === app) return
    const { subTopologies, topics } = app.describe()
    const sources = new Set(subTopologies.flatMap((subTopology) => subTopology.sources))
    this.#app = app
    this.#topics = topics.map(({ name, partitions = 0 }) => ({ name, partitions, isSource: sources.has(name) }))
    this.#tasks = subTopologies.flatMap(({ id, tasks = 0 }) =>
      Array.from({ length: tasks }, (_, partition) => `${id}_${partition}`),
    )
  }
}
