import { type Listener, listenerSettings } from './listener.ts'

/** What the settings of one node depend on. */
export interface NodeSetup {
  readonly dataDirectory: string
  readonly nodeId: number
  readonly roles: readonly ('broker' | 'controller')[]
  /** For clients; none on a node that is a controller only. */
  readonly listeners: readonly Listener[]
  readonly controller: { readonly nodeId: number; readonly port: number }
  /** Copies of every partition. */
  readonly replicas: number
  /** Settings of the caller; they win. */
  readonly config: Readonly<Record<string, string>>
}

/** Settings of a node that starts fast, forgives short timeouts and compacts within tests. */
export function serverProperties(setup: NodeSetup): string {
  const { roles, listeners, controller, nodeId } = setup
  const open = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`)
  if (roles.includes('controller')) open.push(`CONTROLLER://127.0.0.1:${controller.port}`)
  const replicas = String(setup.replicas)
  const minInSync = String(Math.max(1, setup.replicas - 1))
  const settings: Record<string, string> = {
    'process.roles': roles.join(','),
    'node.id': String(nodeId),
    'controller.quorum.voters': `${controller.nodeId}@127.0.0.1:${controller.port}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: open.join(','),
    ...listenerSettings(listeners),
    'log.dirs': setup.dataDirectory,
    'num.partitions': '4',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    // Leaders stay where a test has moved them.
    'auto.leader.rebalance.enable': 'false',
    'transaction.max.timeout.ms': '900000',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '100',
    'group.max.session.timeout.ms': '1800000',
    'log.cleaner.backoff.ms': '100',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'log.retention.check.interval.ms': '500',
    'log.initial.task.delay.ms': '500',
    'log.segment.delete.delay.ms': '100',
    // A node that comes back must first outlive its own former session.
    'broker.session.timeout.ms': setup.replicas > 1 ? '3000' : '1500',
    'broker.heartbeat.interval.ms': '250',
    'controller.quorum.election.backoff.max.ms': '50',
    'controller.quorum.election.timeout.ms': '200',
    ...setup.config,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Log4j's settings: everything at INFO into one file. */
export function logProperties(logFile: string): string {
  return [
    'appender.file.type=File',
    'appender.file.name=file',
    `appender.file.fileName=${logFile}`,
    'appender.file.layout.type=PatternLayout',
    'appender.file.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1}: %m%n',
    'rootLogger.level=INFO',
    'rootLogger.appenderRef.file.ref=file',
    '',
  ].join('\n')
}
