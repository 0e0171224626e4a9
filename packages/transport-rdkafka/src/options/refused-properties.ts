const byOption: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'brokers',
  'metadata.broker.list': 'brokers',
  'client.id': 'clientId',
  'compression.codec': 'compression',
  'compression.type': 'compression',
  'batch.size': 'batchBytes',
}

const group =
  'the membership of a group belongs to the app, which knows what its tasks need: use the settings `appId`, `workerId`, `rebalance`, `sessionTimeoutMs`, `heartbeatIntervalMs` and `rebalanceTimeoutMs`'
const consumerProtocol =
  'with the consumer protocol (KIP-848) the member epoch moves on without asking this process, so that a commit could not be tied to the assignment its records came from; groups speak the classic protocol'
const offsets = 'offsets are committed with what was made of the records, never by themselves'
const reading = 'what is read belongs to the guarantee and to recovery'
const sizes = 'the app sets it by `maxPollBytes`, `maxPartitionBytes` and `fetchWaitMs`'
const writing =
  'records must arrive once, in order and acknowledged by all in-sync replicas, and a transaction is opened for one cut only'
const rounds = 'records are sent in rounds that this package closes itself, so that a refused record can be named'
const partitions = 'the app chooses the partition of every record'
const observed = 'this package listens to librdkafka itself'
const creation = 'topics come into being by declaration only, never by a look at them'

function all(names: readonly string[], reason: string): [string, string][] {
  return names.map((name) => [name, reason])
}

/** Properties that would break a promise of the contract, each with the reason. */
export const refusedProperties: ReadonlyMap<string, string> = new Map([
  ...Object.entries(byOption).map(([name, option]): [string, string] => [name, `use the option \`${option}\``]),
  ...all(
    ['group.id', 'group.instance.id', 'session.timeout.ms', 'heartbeat.interval.ms', 'max.poll.interval.ms'],
    group,
  ),
  ...all(['partition.assignment.strategy', 'group.protocol.type'], group),
  ...all(['group.protocol', 'group.remote.assignor'], consumerProtocol),
  ...all(['enable.auto.commit', 'auto.commit.enable', 'auto.commit.interval.ms', 'enable.auto.offset.store'], offsets),
  ...all(['offset.store.method', 'offset.store.path', 'offset.store.sync.interval.ms'], offsets),
  ...all(['auto.offset.reset', 'isolation.level', 'enable.partition.eof', 'consume.callback.max.messages'], reading),
  ...all(['fetch.wait.max.ms', 'fetch.message.max.bytes', 'max.partition.fetch.bytes', 'fetch.max.bytes'], sizes),
  ...all(['transactional.id', 'transaction.timeout.ms', 'enable.idempotence', 'enable.gapless.guarantee'], writing),
  ...all(['acks', 'request.required.acks', 'retries', 'message.send.max.retries', 'queuing.strategy'], writing),
  ...all(
    ['max.in.flight', 'max.in.flight.requests.per.connection', 'message.timeout.ms', 'delivery.timeout.ms'],
    writing,
  ),
  ...all(['msg_order_cmp'], writing),
  ...all(['linger.ms', 'queue.buffering.max.ms', 'batch.num.messages', 'sticky.partitioning.linger.ms'], rounds),
  ...all(['delivery.report.only.error', 'produce.offset.report'], rounds),
  ...all(['partitioner', 'partitioner_cb'], partitions),
  ...all(['allow.auto.create.topics'], creation),
  ...all(['log_level', 'log.queue', 'enabled_events', 'opaque', 'default_topic_conf', 'interceptors'], observed),
])

/** Why callbacks among the properties are refused. */
export const callbackReason: string = observed
