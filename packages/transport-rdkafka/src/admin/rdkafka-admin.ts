import {
  type Admin,
  StreamError,
  sleep,
  systemClock,
  type TopicDescription,
  type TopicPartitionOffset,
  type TopicSpec,
} from '@stream/core/adapter'
import type { Edges } from '../ask/index.ts'
import { called, clientError, codes, failureOf, isTemporary, type NativeAdmin } from '../native/index.ts'

/** What {@link RdkafkaAdmin} is made of. */
export interface AdminParts {
  /** A new client, connected. */
  readonly create: () => NativeAdmin
  readonly edges: Edges
  /** Bound of one call, retries included. */
  readonly timeoutMs: number
  readonly onClose: () => void
}

const attemptMs = 5000
const backoffMs = 50

/** Topics: created, counted; node-rdkafka can neither read their configs nor delete records. */
export class RdkafkaAdmin implements Admin {
  private readonly parts: AdminParts
  private readonly closing: AbortController = new AbortController()
  private readonly busy: Set<Promise<unknown>> = new Set()
  private client: NativeAdmin | undefined
  private closed: Promise<void> | undefined

  constructor(parts: AdminParts) {
    this.parts = parts
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    this.assertOpen()
    const described = new Map<string, TopicDescription>()
    if (names.length === 0) return described
    const topics = await this.parts.edges.topics()
    for (const name of names) {
      const partitions = topics.get(name)?.length
      if (partitions !== undefined && partitions > 0) described.set(name, { name, partitions })
    }
    return described
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.assertOpen()
    const deadlineMs = performance.now() + this.parts.timeoutMs
    for (const topic of topics) await this.createTopic(topic, deadlineMs)
    await this.untilUsable(new Set(topics.map(({ name }) => name)), deadlineMs)
  }

  async deleteRecords(_before: readonly TopicPartitionOffset[]): Promise<void> {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message:
        'node-rdkafka cannot delete records: give the app another `admin`, such as kafkajs({ brokers }), or its topics a retention',
    })
  }

  close(): Promise<void> {
    this.closed ??= this.end()
    return this.closed
  }

  private async createTopic(
    { name, partitions, replicationFactor, configs }: TopicSpec,
    deadlineMs: number,
  ): Promise<void> {
    const topic = {
      topic: name,
      num_partitions: partitions,
      replication_factor: replicationFactor,
      config: { ...configs },
    }
    for (;;) {
      this.client ??= this.parts.create()
      const { client } = this
      const work = called((done) => client.createTopic(topic, attemptMs, done))
      this.busy.add(work)
      try {
        await work
        return
      } catch (thrown) {
        const failure = failureOf(thrown)
        if (failure.code === codes.topicAlreadyExists) return
        const error = clientError(failure, `Topic ${name} was not created`, { topic: name })
        if (!isTemporary(failure.code) || performance.now() > deadlineMs) throw error
      } finally {
        this.busy.delete(work)
      }
      this.assertOpen()
      await sleep(systemClock, backoffMs, this.closing.signal)
    }
  }

  /** Until each has leaders. */
  private async untilUsable(names: ReadonlySet<string>, deadlineMs: number): Promise<void> {
    for (;;) {
      const topics = await this.parts.edges.topics()
      const pending = [...names].filter((name) => {
        const partitions = topics.get(name)
        return partitions === undefined || partitions.length === 0 || partitions.some(({ leader }) => leader < 0)
      })
      if (pending.length === 0) return
      if (performance.now() > deadlineMs) {
        throw new StreamError({
          code: 'STREAM_TIMEOUT',
          message: `It took too long: topic ${pending[0]} has no leaders; look at the brokers' logs`,
          retryable: true,
        })
      }
      this.assertOpen()
      await sleep(systemClock, backoffMs, this.closing.signal)
    }
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new StreamError({ code: 'STREAM_CLOSED', message: 'The admin is closed' })
  }

  private async end(): Promise<void> {
    this.closing.abort()
    await Promise.allSettled(this.busy)
    this.client?.disconnect()
    this.parts.onClose()
  }
}
