import { setTimeout as delay } from 'node:timers/promises'
import { type Admin, Kafka, logLevel } from 'kafkajs'

const partitions = 4
const settledWithinMs = 30_000

/** The topics of a benchmark run. */
export interface TopicAdmin {
  /** Creates a topic of 4 partitions, compacted where it is a changelog; resolves when it can be used. */
  create(topic: string, kind: 'delete' | 'compact'): Promise<void>
  /** Offsets of a topic together: its records and, where there were transactions, their markers. */
  countOffsets(topic: string): Promise<number>
  /** Deletes the topics whose name starts so. */
  deleteAll(prefix: string): Promise<void>
}

/** Works on the topics of a cluster, over a connection of its own each time: a client that remembers deleted topics fails. */
export function topicAdmin(brokers: readonly string[]): TopicAdmin {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const settled = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const deadlineMs = performance.now() + settledWithinMs
    for (;;) {
      const admin = kafka.admin()
      await admin.connect()
      try {
        return await work(admin)
      } catch (error) {
        if (!isOnItsWay(error) || performance.now() > deadlineMs) throw error
      } finally {
        await admin.disconnect()
      }
      await delay(50)
    }
  }
  return {
    async create(topic, kind) {
      const configEntries = [{ name: 'cleanup.policy', value: kind }]
      const topics = [{ topic, numPartitions: partitions, configEntries }]
      // Answers false where a first try has made it already.
      await settled((admin) => admin.createTopics({ waitForLeaders: false, topics }))
      await settled((admin) => admin.fetchTopicOffsets(topic))
    },
    async countOffsets(topic) {
      const offsets = await settled((admin) => admin.fetchTopicOffsets(topic))
      return offsets.reduce((sum, { high }) => sum + Number(high), 0)
    },
    async deleteAll(prefix) {
      await settled(async (admin) => {
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
        if (topics.length > 0) await admin.deleteTopics({ topics })
      })
    },
  }
}

const onTheWay: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
])

/** What creation and deletion look like to a client while the brokers learn of them. */
function isOnItsWay(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (onTheWay.has((cause as { readonly type?: unknown }).type)) return true
  }
  return false
}
