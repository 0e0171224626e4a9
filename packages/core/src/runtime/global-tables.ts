import { StreamError } from '../errors/index.ts'
import type { GlobalTableDeclaration, ReadableRows } from '../topology/index.ts'
import { type FollowerOptions, GlobalFollower } from './global-follower.ts'

/** The global tables of a worker. */
export class GlobalTables {
  readonly #options: Omit<FollowerOptions, 'cacheBytesPerPartition'>
  #followers: readonly GlobalFollower[] = []
  #isFilling = false

  constructor(options: Omit<FollowerOptions, 'cacheBytesPerPartition'>) {
    this.#options = options
  }

  /** Whether records must wait for it. */
  get isFilling(): boolean {
    return this.#isFilling
  }

  /** Resolves when all of them hold what was committed in their topics. Rejects with `STREAM_CLOSED` where the engine stops meanwhile. */
  async start(onChange: () => void): Promise<void> {
    const { engine } = this.#options
    const { globalTables, subTopologies } = engine.topology
    if (globalTables.length === 0) return
    const partitionsOf = (topic: string): number => engine.partitions.get(topic) ?? 1
    const names = [
      ...globalTables.map(({ topic }) => topic.name),
      ...subTopologies.flatMap(({ tables }) => tables.map(({ changelog }) => changelog.name)),
    ]
    const partitions = names.reduce((sum, name) => sum + partitionsOf(name), 0)
    const cacheBytesPerPartition = Math.floor(engine.settings.tableCacheBytes / Math.max(1, partitions))
    this.#followers = globalTables.map(
      (table) => new GlobalFollower(table, { ...this.#options, cacheBytesPerPartition }),
    )
    this.#isFilling = true
    onChange()
    await Promise.all(this.#followers.map((follower) => follower.start()))
    this.#isFilling = false
    onChange()
  }

  rowsOf(table: GlobalTableDeclaration): readonly ReadableRows[] {
    const rows = this.#followers.find((follower) => follower.table.name === table.name)?.rows ?? []
    if (rows.length > 0) return rows
    throw new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: `The global table "${table.name}" was read while its topic ${table.topic.name} is not read to its end, or after the app stopped; wait until the app is running`,
      retryable: true,
      place: { table: table.name, topic: table.topic.name },
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.close()))
  }
}
