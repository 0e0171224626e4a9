import type { Admin, TopicDescription, TopicSpec } from '../../src/adapter.ts'

/** An admin over a map, with the configs that Kafka would answer for a topic that says nothing. */
export class MemoryAdmin implements Admin {
  readonly topics: Map<string, TopicDescription> = new Map()
  readonly created: TopicSpec[] = []
  /** What -1 stands for. */
  readonly defaultPartitions: number
  /** Runs before a creation: another worker may be quicker. */
  beforeCreate: () => void = () => undefined

  constructor(defaultPartitions = 1) {
    this.defaultPartitions = defaultPartitions
  }

  add(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): this {
    this.topics.set(name, {
      name,
      partitions,
      configs: { 'max.message.bytes': '1048588', 'cleanup.policy': 'delete', ...configs },
    })
    return this
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    return new Map(names.flatMap((name) => (this.topics.has(name) ? [[name, this.topics.get(name)!] as const] : [])))
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.beforeCreate()
    for (const spec of topics) {
      if (this.topics.has(spec.name)) continue
      this.created.push(spec)
      this.add(spec.name, spec.partitions === -1 ? this.defaultPartitions : spec.partitions, spec.configs)
    }
  }

  async deleteRecords(): Promise<void> {
    throw new Error('not asked for here')
  }

  async close(): Promise<void> {}
}
