/** What the settings of one node depend on. */
export interface NodeSetup {
  readonly dataDirectory: string
  readonly clientPort: number
  readonly controllerPort: number
  /** Settings of the caller; they win. */
  readonly config: Readonly<Record<string, string>>
}

/** Settings of a node that starts fast, forgives short timeouts and compacts within tests. */
export function serverProperties(setup: NodeSetup): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${setup.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${setup.clientPort},CONTROLLER://127.0.0.1:${setup.controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': setup.dataDirectory,
    'num.partitions': '4',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
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
    'broker.session.timeout.ms': '1500',
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
