import {
  type Admin,
  StreamError,
  type TopicDescription,
  type TopicPartitionOffset,
  type TopicSpec,
} from '@stream/core/adapter'
import { Backoff, brokerCodes, brokerError, type Cluster, isRetryableCode } from '../connection/index.ts'
import {
  createTopics,
  deleteRecords,
  describeGroup,
  describeTopicConfigs,
  type TopicMetadata,
} from '../requests/index.ts'

/** Topics and their settings. */
export class KafkaAdmin implements Admin {
  private readonly cluster: Cluster
  private readonly timeoutMs: number
  private readonly closing: AbortController = new AbortController()

  /** @param timeoutMs bound of one call, retries included */
  constructor(cluster: Cluster, timeoutMs: number) {
    this.cluster = cluster
    this.timeoutMs = timeoutMs
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const described = new Map<string, TopicDescription>()
    if (names.length === 0) return described
    const topics = await this.settledTopics(names)
    if (topics.length === 0) return described
    const configs = await this.retrying('Topic configs are not known', async () => {
      const answers = await this.cluster.sendAny(describeTopicConfigs(topics.map((topic) => topic.name)))
      for (const { topic, error, message } of answers) {
        if (error !== brokerCodes.none)
          throw brokerError(
            error,
            `The configs of ${topic} are not known`,
            { topic },
            { said: message, needs: 'DescribeConfigs' },
          )
      }
      return new Map(answers.map((one) => [one.topic, one.configs]))
    })
    for (const { name, leaders } of topics) {
      described.set(name, { name, partitions: leaders.length, configs: configs.get(name) ?? {} })
    }
    return described
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return
    let open = topics
    await this.retrying('Topics were not created', async () => {
      const answers = await this.cluster.sendAny(createTopics(open, Math.min(this.timeoutMs, 15_000)))
      for (const { topic, error, message } of answers) {
        if (error === brokerCodes.none || error === brokerCodes.topicAlreadyExists) {
          open = open.filter((one) => one.name !== topic)
        } else if (!isRetryableCode(error)) {
          throw brokerError(error, `Topic ${topic} was not created`, { topic }, { said: message, needs: 'Create' })
        }
      }
      if (open.length > 0) throw notYet(`topic ${open[0]?.name} is not created`)
    })
    await this.retrying('New topics cannot be used', async () => {
      for (const topic of await this.cluster.refresh(topics.map((one) => one.name))) {
        if (
          topic.error !== brokerCodes.none ||
          topic.leaders.length === 0 ||
          topic.leaders.some((leader) => leader < 0)
        ) {
          throw notYet(`topic ${topic.name} has no leaders`)
        }
      }
    })
  }

  async deleteRecords(before: readonly TopicPartitionOffset[]): Promise<void> {
    let open = before
    await this.retrying('Records were not deleted', async () => {
      if (open.length === 0) return
      const { led, leaderless } = await this.cluster.byLeader(open)
      const done = new Set<string>()
      await Promise.all(
        [...led].map(async ([nodeId, parts]) => {
          for (const { topic, partition, error } of await this.cluster.sendTo(nodeId, deleteRecords(parts, 15_000))) {
            if (error === brokerCodes.none) done.add(`${topic}/${partition}`)
            else if (!isRetryableCode(error)) {
              throw brokerError(
                error,
                `Records of ${topic}-${partition} were not deleted`,
                { topic, partition },
                { needs: 'Delete' },
              )
            }
          }
        }),
      )
      open = open.filter((one) => !done.has(`${one.topic}/${one.partition}`))
      if (open.length === 0) return
      await this.cluster.refresh([...new Set(open.map((one) => one.topic))])
      const missing = leaderless.find((one) => this.cluster.whyLeaderless(one) === brokerCodes.unknownTopicOrPartition)
      if (missing !== undefined) {
        const { topic, partition } = missing
        throw brokerError(brokerCodes.unknownTopicOrPartition, `There is no ${topic}-${partition}`, {
          topic,
          partition,
        })
      }
      throw notYet(`${open[0]?.topic}-${open[0]?.partition} has no leader`)
    })
  }

  groupUserData(groupId: string): Promise<readonly Uint8Array[]> {
    return this.retrying(`Group ${groupId} is not known`, async () => {
      const { error, state, userData } = await this.cluster.sendToCoordinator('group', groupId, describeGroup(groupId))
      if (error !== brokerCodes.none) {
        this.cluster.forgetCoordinator('group', groupId)
        throw brokerError(error, `Group ${groupId} is not known`, { group: groupId })
      }
      return state === 'Stable' ? userData : []
    })
  }

  async close(): Promise<void> {
    this.closing.abort()
    this.cluster.close()
  }

  /** Topics that exist, once none of them is on its way. */
  private settledTopics(names: readonly string[]): Promise<readonly TopicMetadata[]> {
    return this.retrying('Topics are not known', async () => {
      const topics = await this.cluster.refresh(names)
      for (const { name, error } of topics) {
        const isSettled = error === brokerCodes.none || error === brokerCodes.unknownTopicOrPartition
        if (!isSettled) throw brokerError(error, `Topic ${name} is not known`, { topic: name })
      }
      return topics.filter((topic) => topic.error === brokerCodes.none)
    })
  }

  private async retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.timeoutMs
    const backoff = new Backoff(20, 500)
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (this.closing.signal.aborted)
          throw new StreamError({ code: 'STREAM_CLOSED', message: `${what}: the admin is closed` })
        const code = StreamError.is(error) ? error.place.brokerCode : undefined
        const isFinal = !StreamError.is(error) || !error.retryable || code === brokerCodes.unknownTopicOrPartition
        if (isFinal || performance.now() > deadlineMs) throw error
      }
      await backoff.wait(this.closing.signal)
    }
  }
}

function notYet(why: string): StreamError {
  return new StreamError({
    code: 'STREAM_TIMEOUT',
    message: `It took too long: ${why}; look at the brokers' logs`,
    retryable: true,
  })
}
