import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { externalCluster } from './external-cluster.ts'
import { freePorts } from './free-port.ts'
import type { KafkaBroker } from './kafka-broker.ts'
import { kafkaClassPath } from './kafka-jars.ts'
import { LocalNode } from './local-node.ts'
import { runCommand } from './run-command.ts'
import { logProperties, serverProperties } from './server-properties.ts'

/** How the node differs from the harness's defaults. */
export interface StartKafkaOptions {
  /** Settings of `server.properties`; they win over the harness's own. */
  readonly config?: Readonly<Record<string, string>>
  /** Feature level `transaction.version`: 2 speaks KIP-890, 0 and 1 the classic protocol. @default Kafka's default, 2 */
  readonly transactionVersion?: 0 | 1 | 2
  /** Heap of the node in MiB. @default 512 */
  readonly heapMib?: number
  /** More arguments for the Java machine. @default quick start: serial collector, first compiler tier only */
  readonly jvmArgs?: readonly string[]
}

const quickStart = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

/**
 * Starts one KRaft node on loopback, with its data in a temporary directory, and resolves when clients can use it. It ends
 * with this process at the latest. Where the environment variable `KAFKA_BROKERS` is set, that cluster is returned instead,
 * and the options do not count.
 *
 * Defaults made for tests: 4 partitions, no automatic topics, sessions from 100 ms, compaction and retention checked all the
 * time, internal topics of 4 partitions without replicas.
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<KafkaBroker> {
  const external = process.env.KAFKA_BROKERS
  if (external) return externalCluster(external, 'KAFKA_BROKERS')
  const classPath = await kafkaClassPath()
  const directory = mkdtempSync(join(tmpdir(), 'stream-kafka-'))
  try {
    const node = await prepare(directory, classPath, options)
    await node.start()
    return node
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

async function prepare(directory: string, classPath: string, options: StartKafkaOptions): Promise<LocalNode> {
  const [clientPort, controllerPort] = (await freePorts(2)) as [number, number]
  const dataDirectory = join(directory, 'data')
  mkdirSync(dataDirectory)
  const settings = join(directory, 'server.properties')
  const logSettings = join(directory, 'log4j2.properties')
  writeFileSync(settings, serverProperties({ dataDirectory, clientPort, controllerPort, config: options.config ?? {} }))
  writeFileSync(logSettings, logProperties(join(directory, 'server.log')))
  const java = [...quickStart, `-Dlog4j2.configurationFile=${logSettings}`, '-cp', classPath]
  const features =
    options.transactionVersion === undefined ? [] : ['--feature', `transaction.version=${options.transactionVersion}`]
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'c3RyZWFtLWhhcm5lc3MtMQ', '-c', settings, ...features]
  await runCommand('java', [...java, ...format])
  const heap = options.heapMib ?? 512
  const jvm = options.jvmArgs === undefined ? java : [...options.jvmArgs, ...java.slice(quickStart.length)]
  return new LocalNode({
    directory,
    port: clientPort,
    javaArgs: [`-Xmx${heap}m`, ...jvm, 'kafka.Kafka', settings],
  })
}
