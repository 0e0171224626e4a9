import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaClassPath } from './kafka-jars.ts'
import { LocalNode } from './local-node.ts'
import { runCommand } from './run-command.ts'
import { logProperties, type NodeSetup, serverProperties } from './server-properties.ts'

/** A node before it is formatted. */
export interface NodePlan extends Omit<NodeSetup, 'dataDirectory'> {
  readonly heapMib: number
  /** More arguments for the Java machine. @default quick start: serial collector, first compiler tier only */
  readonly jvmArgs?: readonly string[] | undefined
  /** More arguments for formatting: features, SCRAM users. */
  readonly formatArgs?: readonly string[]
  /** More files beside the settings, by name; `{directory}` in `config` and listener settings stands for where they are. */
  readonly files?: Readonly<Record<string, string>>
}

const quickStart = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

/** Formats a node in a temporary directory, ready to be started. */
export async function prepareNode(plan: NodePlan): Promise<LocalNode> {
  const classPath = await kafkaClassPath()
  const directory = mkdtempSync(join(tmpdir(), 'stream-kafka-'))
  try {
    return await format(plan, directory, classPath)
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

async function format(plan: NodePlan, directory: string, classPath: string): Promise<LocalNode> {
  const dataDirectory = join(directory, 'data')
  mkdirSync(dataDirectory)
  const settings = join(directory, 'server.properties')
  const logSettings = join(directory, 'log4j2.properties')
  const properties = serverProperties({ ...plan, dataDirectory })
  writeFileSync(settings, properties.replaceAll('{directory}', directory))
  writeFileSync(logSettings, logProperties(join(directory, 'server.log')))
  for (const [name, content] of Object.entries(plan.files ?? {})) writeFileSync(join(directory, name), content)
  const java = [`-Dlog4j2.configurationFile=${logSettings}`, '-cp', classPath]
  const storage = ['kafka.tools.StorageTool', 'format', '-t', 'c3RyZWFtLWhhcm5lc3MtMQ', '-c', settings]
  await runCommand('java', [...quickStart, ...java, ...storage, ...(plan.formatArgs ?? [])])
  const [listener] = plan.listeners
  return new LocalNode({
    directory,
    nodeId: plan.nodeId,
    port: listener?.port ?? plan.controller.port,
    isBroker: plan.roles.includes('broker'),
    detours: plan.listeners.flatMap(({ port, advertisedPort }) =>
      advertisedPort === undefined ? [] : [{ port, advertisedPort }],
    ),
    javaArgs: [`-Xmx${plan.heapMib}m`, ...(plan.jvmArgs ?? quickStart), ...java, 'kafka.Kafka', settings],
  })
}
