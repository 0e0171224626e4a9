import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '@stream-internal/kafka-harness'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { flightsFile } from './flights-file.ts'
import { programOutput, startProgram } from './run-program.ts'

/** Which key the records of an input have. */
export type InputKey = 'origin' | 'number' | `number%${number}`

/** The broker of a benchmark run, its topics and its directory for state. */
export interface BenchCluster {
  readonly brokers: string
  /** Directory for everything programs keep; removed at the end. */
  readonly directory: string
  /** The topic with that many flights under that key; loaded when it is first asked for. */
  input(key: InputKey, records: number): Promise<string>
  /** Creates a topic of 4 partitions, compacted where it is a changelog. */
  createTopic(topic: string, kind: 'delete' | 'compact'): Promise<void>
  /** Offsets of a topic together: its records and, where there were transactions, their markers. */
  countOffsets(topic: string): Promise<number>
  /** Deletes the topics whose name starts so. */
  deleteTopics(prefix: string): Promise<void>
  close(): Promise<void>
}

// A broker as one would run it, not one made to start fast: both compilers, and no cleaner on the heels of the programs.
const brokerOptions = {
  heapMib: 1_024,
  jvmArgs: ['-XX:+UseG1GC'],
  config: {
    'log.cleaner.backoff.ms': '15000',
    'log.retention.check.interval.ms': '300000',
    'log.retention.ms': '-1',
    'broker.session.timeout.ms': '9000',
    'broker.heartbeat.interval.ms': '2000',
  },
}

/** Starts the broker, or takes the one of `KAFKA_BROKERS`. */
export async function startBenchCluster(): Promise<BenchCluster> {
  const broker = await startKafka(brokerOptions)
  const brokers = broker.brokers.join(',')
  const directory = mkdtempSync(join(tmpdir(), 'stream-bench-'))
  const removeDirectory = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', removeDirectory)
  const admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const inputs = new Map<string, string>()
  return {
    brokers,
    directory,
    async input(key, records) {
      const topic = `flights-${key.replace('%', '-of-')}-${records}`
      if (inputs.has(topic)) return topic
      const settings = { brokers, topic, key, records, flights: flightsFile, perSecond: 0 }
      await createTopic(admin, topic, 'delete')
      await programOutput(startProgram({ kind: 'java', mainClass: 'bench.Load' }, settings))
      inputs.set(topic, topic)
      return topic
    },
    createTopic: (topic, kind) => createTopic(admin, topic, kind),
    async countOffsets(topic) {
      const partitions = await admin.fetchTopicOffsets(topic)
      return partitions.reduce((sum, { high }) => sum + Number(high), 0)
    },
    async deleteTopics(prefix) {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
      if (topics.length > 0) await admin.deleteTopics({ topics })
    },
    async close() {
      await admin.disconnect()
      await broker.close()
      removeDirectory()
    },
  }
}

async function createTopic(admin: Admin, topic: string, kind: 'delete' | 'compact'): Promise<void> {
  const configEntries = [{ name: 'cleanup.policy', value: kind }]
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 4, configEntries }] })
}
