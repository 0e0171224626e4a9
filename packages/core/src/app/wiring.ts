import type { StoreAdapter, TransportAdapter } from '../config/index.ts'
import { describeThrown } from '../errors/index.ts'
import { createEngine, type Engine, type EngineOptions } from '../runtime/index.ts'
import { type Sensor, SensorHub } from '../sensor/index.ts'
import { type Clock, type Random, unlessAborted } from '../service/index.ts'
import { prepareTopics, type Topology, topologySummary } from '../topology/index.ts'
import type { AppConfig, ChosenAdapters } from './app-config.ts'
import type { Assembled, EngineReports } from './app-lifecycle.ts'
import { refuseConflict } from './group-conflict.ts'
import type { Log } from './log.ts'
import { OpenParts } from './open-parts.ts'
import { openStores, requireStore } from './open-stores.ts'
import { openTransport } from './open-transport.ts'
import { requireRetention } from './repartition-retention.ts'
import { workerIdentity } from './worker-id.ts'

/** Everything an engine is wired from. */
export interface WiringOptions {
  readonly topology: Topology
  readonly config: AppConfig
  /** What the app was given for transport, admin and store. */
  readonly chosen: ChosenAdapters
  readonly adapters: readonly (TransportAdapter | StoreAdapter)[]
  readonly sensors: readonly Sensor[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly reports: EngineReports
  /** Told of partition counts as soon as they are known. */
  readonly onPartitions: (partitions: ReadonlyMap<string, number>) => void
  /** Ends it: rejects with its reason at once, whatever adapter has not answered yet. */
  readonly signal: AbortSignal
}

/**
 * Opens what an engine needs, in this order: transport, topics, worker id, stores. What fails or is ended closes what was opened before it,
 * and what is still on its way as soon as it is there.
 */
export async function wire(options: WiringOptions): Promise<Assembled> {
  const { signal, log } = options
  const parts = new OpenParts(options.clock, (cause) =>
    log('warn', `closing after an ended start: ${describeThrown(cause)}`),
  )
  try {
    const engine = await unlessAborted(open(options, parts), signal)
    return { engine, close: () => parts.close() }
  } catch (thrown) {
    await parts
      .close()
      .catch((failure: unknown) => log('warn', `closing after a failed start: ${describeThrown(failure)}`))
    throw thrown
  }
}

async function open(options: WiringOptions, parts: OpenParts): Promise<Engine> {
  const { topology, config, chosen, adapters, clock, random, log, reports, signal } = options
  const { appId } = topology
  const settings = config.values
  const tables = topology.subTopologies.flatMap((subTopology) => subTopology.tables)
  const { globalTables } = topology
  requireStore(appId, chosen.store, [...tables, ...globalTables])
  const { transport, admin, adminTransport } = await openTransport(
    { appId, transport: chosen.transport, admin: chosen.admin, settings, adapters, context: { log } },
    parts,
  )
  signal.throwIfAborted()
  requireRetention(topology, adminTransport)
  const topics = await prepareTopics(admin, topology, settings, adminTransport.supports, (partitions) =>
    refuseConflict(admin, topology, partitions, log),
  )
  signal.throwIfAborted()
  options.onPartitions(topics.partitions)
  const worker = await workerIdentity({ appId, workerId: settings.workerId, stateDir: settings.stateDir, random })
  parts.add('The worker id', () => worker.release())
  const { stateDir } = settings
  const context = { appId, log, ...(stateDir === undefined ? {} : { stateDir }) }
  signal.throwIfAborted()
  const store = await openStores({ store: chosen.store, tables, globalTables, adapters, context }, parts)
  signal.throwIfAborted()
  const isStatic = worker.isKept && transport.supports.staticMembership
  const engineOptions: EngineOptions = {
    appId,
    topology,
    partitions: topics.partitions,
    maxMessageBytes: topics.maxMessageBytes,
    deleteRetentionMs: topics.deleteRetentionMs,
    transport,
    admin,
    canDeleteRecords: adminTransport.supports.deleteRecords,
    store,
    guarantee: settings.guarantee,
    settings,
    clock,
    random,
    sensors: new SensorHub(options.sensors, ({ sensor, hook, cause }) =>
      log('warn', `${hook} of ${sensor} threw, and is not reported again: ${describeThrown(cause)}`),
    ),
    workerId: worker.id,
    ...(isStatic ? { instanceId: worker.id } : {}),
    // Only a static member has a place that the group can keep.
    leaveOnStop: settings.leaveOnStop || !isStatic,
    summary: topologySummary(topology, topics.partitions),
    ...reports,
    log,
  }
  return createEngine(engineOptions)
}
