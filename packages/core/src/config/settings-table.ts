import type { SettingsInputOf, SettingsOf } from './setting.ts'

/** Every setting of an app. The reference page, the environment variables and the type {@link Settings} derive from it. */
export const settingsTable = {
  guarantee: {
    section: 'App',
    type: 'enum',
    values: ['exactly_once', 'at_least_once'],
    default: 'exactly_once',
    doc: 'What a crash can do to results: nothing, or repeat some of them. `exactly_once` needs a transport with group fencing.',
  },
  transport: {
    section: 'App',
    type: 'address',
    doc: 'The log, as an adapter string such as `kafkajs://localhost:9092` or `memory://`. The option `transport` of the app takes an object as well.',
  },
  store: {
    section: 'App',
    type: 'address',
    doc: 'Where tables keep their rows, as an adapter string such as `memory://` or `rocksdb://./state`. The option `store` of the app takes an object as well.',
  },
  admin: {
    section: 'App',
    type: 'address',
    doc: 'A transport whose admin client is used instead of the one of `transport`, where that one lacks something.',
  },
  workerId: {
    section: 'App',
    type: 'string',
    pattern: '[A-Za-z0-9._-]{1,120}',
    patternDoc: '1 to 120 letters, digits, dots, dashes and underscores',
    doc: 'Names this worker among those of the app: part of its transactional id, and its static place in the group. Give what stays over a restart, such as the name of a pod of a stateful set. Without it the id is kept in `stateDir`, and is random without that.',
  },
  stateDir: {
    section: 'App',
    type: 'string',
    doc: 'Directory for what a worker keeps over a restart: its worker id and, unless their own options say otherwise, the files of local stores.',
  },

  sessionTimeoutMs: {
    section: 'Group',
    type: 'durationMs',
    default: 45_000,
    min: 100,
    doc: 'A worker that the broker has not heard of for this long loses its partitions. The broker may limit it (`group.min.session.timeout.ms`, `group.max.session.timeout.ms`).',
  },
  heartbeatIntervalMs: {
    section: 'Group',
    type: 'durationMs',
    default: 3_000,
    min: 10,
    doc: 'How often a worker tells the broker that it is alive; less than half of `sessionTimeoutMs`.',
  },
  rebalanceTimeoutMs: {
    section: 'Group',
    type: 'durationMs',
    default: 60_000,
    min: 100,
    doc: 'How long a worker may take to cut and give up partitions that go to another one; later it loses them.',
  },
  rebalance: {
    section: 'Group',
    type: 'enum',
    values: ['auto', 'eager', 'cooperative'],
    default: 'auto',
    doc: '`cooperative` moves only the partitions that change hands (KIP-429), `eager` revokes all first; `auto` is cooperative where the transport can. All workers of an app need the same one.',
  },
  leaveOnStop: {
    section: 'Group',
    type: 'boolean',
    default: true,
    doc: 'Whether a worker that stops gives its partitions to the others at once. False keeps its place for `sessionTimeoutMs`, for restarts that are quicker than that; only a worker with a kept worker id can.',
  },

  commitIntervalMs: {
    section: 'Cuts',
    type: 'durationMs',
    default: { bySetting: 'guarantee', cases: { exactly_once: 100 }, otherwise: 1_000 },
    doc: 'How often a worker cuts: commits results, table rows and offsets together. Shorter means that readers wait less, longer means less work for broker and store.',
  },
  maxStagedBytes: {
    section: 'Cuts',
    type: 'bytes',
    default: 67_108_864,
    min: 1_024,
    doc: 'A worker also cuts when this many bytes of table rows and outputs wait for the next cut.',
  },
  transactionTimeoutMs: {
    section: 'Cuts',
    type: 'durationMs',
    default: 10_000,
    min: 100,
    doc: 'The broker aborts a transaction that a dead worker left open after this long; until then its readers wait. Transactions are open only while a cut is sent.',
  },
  stragglerCuts: {
    section: 'Cuts',
    type: 'integer',
    default: 5,
    min: 1,
    doc: 'After this many cuts that had to leave the same unfinished record behind, its task admits no new records until it is done.',
  },
  deliveryTimeoutMs: {
    section: 'Cuts',
    type: 'durationMs',
    default: 120_000,
    min: 100,
    doc: 'How long a send outside of a transaction is tried, retries included.',
  },

  taskTimeoutMs: {
    section: 'Deadlines',
    type: 'durationMs',
    default: 900_000,
    doc: 'How long temporary trouble (broker away, store busy) is retried, all tries together, before the app fails with its cause. What no time mends, such as a missing permission, is not retried.',
  },
  progressTimeoutMs: {
    section: 'Deadlines',
    type: 'durationMs',
    default: 300_000,
    doc: 'A record in work, a commit, a store, a recovery or a poll that makes no progress for this long fails the app, and is named. What waits for a broker that is away has `taskTimeoutMs`; calls with a timeout of their own get that first.',
  },
  drainTimeoutMs: {
    section: 'Deadlines',
    type: 'durationMs',
    default: 30_000,
    doc: 'How long a stop waits for records in flight before it gives them up; they are processed again after the next start.',
  },

  maxPollBytes: {
    section: 'Fetching',
    type: 'bytes',
    default: 16_777_216,
    min: 1,
    doc: 'The most that one poll returns. A single larger batch still comes through.',
  },
  maxPartitionBytes: {
    section: 'Fetching',
    type: 'bytes',
    default: 4_194_304,
    min: 1,
    doc: 'The most that is fetched of one partition at a time. A single larger batch still comes through.',
  },
  fetchWaitMs: {
    section: 'Fetching',
    type: 'durationMs',
    default: 500,
    doc: 'How long the broker may hold back a fetch while there is nothing to read.',
  },
  bufferedBytesPerPartition: {
    section: 'Fetching',
    type: 'bytes',
    default: 8_388_608,
    min: 1,
    doc: 'A partition with this many bytes waiting for its task is paused until half of them are processed.',
  },
  offsetReset: {
    section: 'Fetching',
    type: 'enum',
    values: ['earliest', 'latest', 'fail'],
    default: 'earliest',
    doc: 'Where a partition begins that has no committed offset; `fail` ends the app instead.',
  },
  outOfRangeReset: {
    section: 'Fetching',
    type: 'enum',
    values: ['earliest', 'latest', 'fail'],
    default: 'fail',
    doc: 'Where a partition goes on whose log no longer holds the position: retention was quicker than the app, or the topic was made anew. Records may be lost then, so that `fail` ends the app, and nothing moves until somebody has decided.',
  },

  lagIntervalMs: {
    section: 'Fetching',
    type: 'durationMs',
    default: 10_000,
    doc: 'How often sensors with `onLag` are told how far the inputs are behind. Without such a sensor nothing is asked.',
  },

  handlerConcurrency: {
    section: 'Processing',
    type: 'integer',
    default: 64,
    min: 1,
    max: 65_536,
    doc: 'How many keys of a task an asynchronous handler works on at once, unless it is declared with a `concurrency` of its own. Records of one key stay in order.',
  },
  sliceMs: {
    section: 'Processing',
    type: 'durationMs',
    default: 10,
    doc: 'The longest stretch of synchronous work before timers, sockets and heartbeats of the process get a turn. A single call of user code cannot be split.',
  },

  createTopics: {
    section: 'Topics',
    type: 'boolean',
    default: true,
    doc: 'Whether missing topics are created at the start. False refuses to start and names what is missing.',
  },
  defaultPartitions: {
    section: 'Topics',
    type: 'integer',
    min: 1,
    max: 100_000,
    doc: 'Partitions of a created topic that says nothing itself and follows no input. Without it the count of the input counts, and the default of the broker where there is no input.',
  },
  replicationFactor: {
    section: 'Topics',
    type: 'integer',
    default: -1,
    min: -1,
    max: 32_767,
    doc: 'Replicas of created topics; -1 is the default of the broker.',
  },
  repartitionPurgeIntervalMs: {
    section: 'Topics',
    type: 'durationMs',
    default: 30_000,
    doc: 'How often records of repartition topics below the committed offsets are deleted.',
  },

  tableCacheBytes: {
    section: 'Tables',
    type: 'bytes',
    default: 33_554_432,
    doc: 'Decoded committed rows that a worker keeps at hand, weighed by their encoded size; 0 keeps none.',
  },
  freezeValues: {
    section: 'Tables',
    type: 'boolean',
    default: { byEnv: 'NODE_ENV', cases: { production: false }, otherwise: true },
    doc: 'Whether values that tables hand out are frozen, so that code that changes one in place fails at once instead of corrupting a cache.',
  },
} as const

/** All settings, resolved. */
export type Settings = SettingsOf<typeof settingsTable>

/** Settings as code gives them; each is optional. */
export type SettingsInput = SettingsInputOf<typeof settingsTable>
