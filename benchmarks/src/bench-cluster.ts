import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '@stream-internal/kafka-harness'
import { flightsFile } from './flights-file.ts'
import { programOutput, startProgram } from './run-program.ts'
import { type TopicAdmin, topicAdmin } from './topic-admin.ts'

/** Which key the records of an input have. */
export type InputKey = 'origin' | 'number' | `number%${number}`

/** The broker of a benchmark run, its topics and its directory for state. */
export interface BenchCluster {
  readonly brokers: string
  /** Directory for everything programs keep; removed at the end. */
  readonly directory: string
  /** The topic with that many flights under that key; loaded when it is first asked for. */
  input(key: InputKey, records: number): Promise<string>
  readonly topics: TopicAdmin
  close(): Promise<void>
}

const inputPrefix = 'stream-bench-flights-'

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
  const topics = topicAdmin(broker.brokers)
  const inputs = new Set<string>()
  return {
    brokers,
    directory,
    topics,
    async input(key, records) {
      const topic = `${inputPrefix}${key.replace('%', '-of-')}-${records}`
      if (inputs.has(topic)) return topic
      const settings = { brokers, topic, key, records, flights: flightsFile, perSecond: 0 }
      await topics.create(topic, 'delete')
      await programOutput(startProgram({ kind: 'java', mainClass: 'bench.Load' }, settings))
      const found = await topics.countOffsets(topic)
      if (found !== records)
        throw new Error(`${topic} holds ${found} records: delete what an earlier run has left there`)
      inputs.add(topic)
      return topic
    },
    async close() {
      // A broker of our own is about to go with all its topics.
      if (broker.pid === undefined) await topics.deleteAll(inputPrefix)
      await broker.close()
      removeDirectory()
    },
  }
}
