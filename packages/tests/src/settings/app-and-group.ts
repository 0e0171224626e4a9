import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type SettingsInput, type StoreAdapter } from '@stream/core'
import { contractVersion } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import transportAdapter, { MemoryLog, memory } from '@stream/transport-memory'
import { quietProcess } from '../cases/index.ts'
import { driven, formats, forward, send, visible } from './driven.ts'
import type { Effects } from './effect.ts'

/** Which of some named logs holds the topic of an app that ran with these options. */
async function logWithTopic(
  settings: SettingsInput,
  names: readonly string[],
  env: Record<string, string>,
): Promise<string[]> {
  const topic = `in-${Math.random().toString(36).slice(2)}`
  const app = new App({
    id: topic,
    settings,
    adapters: [transportAdapter],
    runtime: { process: quietProcess(env) },
    log: () => undefined,
  })
  app.handler('h', { source: app.topic(topic, formats) }, () => undefined)
  await app.start()
  await app.stop()
  const found: string[] = []
  for (const name of names) {
    const transport = memory({ log: name })
    await transport.open({ log: () => undefined })
    if ((await transport.admin().describeTopics([topic])).size > 0) found.push(name)
    await transport.close()
  }
  return found
}

/** The transactional ids of an app that runs so often with these settings. */
async function transactionalIds(settings: SettingsInput, starts: number): Promise<(string | undefined)[]> {
  const log = new MemoryLog()
  const ids: (string | undefined)[] = []
  const note = ({ transactionalId }: { readonly transactionalId?: string }): void => void ids.push(transactionalId)
  log.faults.at('init:before', { kind: 'run', run: note }, { times: Number.POSITIVE_INFINITY })
  for (let i = 0; i < starts; i++) {
    const app = new App({
      id: 'app',
      transport: memory({ log }),
      settings,
      runtime: { process: quietProcess() },
      log: () => undefined,
    })
    app.handler('h', { source: app.topic('in', formats) }, () => undefined)
    await app.start()
    await app.stop()
  }
  return ids
}

let directory: string | undefined

/** The settings of the sections "App" and "Group". */
export const appAndGroup: Effects = {
  guarantee: {
    values: ['exactly_once', 'at_least_once'],
    observed: [0, 3],
    // Outputs go with the cut, or before it.
    observe: async (guarantee) => {
      const driver = await driven({ guarantee, commitIntervalMs: 60_000 }, forward)
      send(driver, 3)
      await driver.advance(1_000)
      return visible(driver)
    },
  },
  transport: {
    values: ['memory://one', 'memory://two'],
    observed: [['one'], ['two']],
    observe: (transport) => logWithTopic({}, ['one', 'two'], { STREAM_TRANSPORT: transport! }),
  },
  admin: {
    values: [undefined, 'memory://admin'],
    observed: [['one'], ['admin']],
    observe: (admin) =>
      logWithTopic({}, ['one', 'admin'], {
        STREAM_TRANSPORT: 'memory://one',
        ...(admin === undefined ? {} : { STREAM_ADMIN: admin }),
      }),
  },
  store: {
    values: ['first://', 'second://'],
    observed: [['first'], ['second']],
    observe: async (store) => {
      const started: string[] = []
      const adapters = ['first', 'second'].map((scheme): StoreAdapter => {
        const inner = memoryStore()
        const start = inner.start.bind(inner)
        inner.start = (context) => {
          started.push(scheme)
          return start(context)
        }
        return { kind: 'store', scheme, contract: contractVersion, fromUrl: () => inner }
      })
      const env = { STREAM_STORE: store! }
      const transport = memory({ log: new MemoryLog() })
      const app = new App({
        id: 'app',
        transport,
        adapters,
        runtime: { process: quietProcess(env) },
        log: () => undefined,
      })
      app.handler(
        'h',
        { source: app.topic('in', formats), tables: { rows: app.table('rows', formats) } },
        () => undefined,
      )
      await app.start()
      await app.stop()
      return started
    },
  },
  workerId: {
    values: ['one', 'two'],
    observed: [['app-one'], ['app-two']],
    observe: (workerId) => transactionalIds({ workerId }, 1),
  },
  stateDir: {
    values: ['kept', undefined],
    observed: [1, 2],
    // One id over two starts, or two.
    observe: async (stateDir) => {
      directory = stateDir === undefined ? undefined : await mkdtemp(join(tmpdir(), 'state-'))
      const ids = await transactionalIds(directory === undefined ? {} : { stateDir: directory }, 2)
      if (directory !== undefined) await rm(directory, { recursive: true })
      return new Set(ids).size
    },
  },
  sessionTimeoutMs: {
    values: [2_000, 30_000],
    observed: [2, 1],
    // Tasks of a worker 5 s after the other one has died.
    observe: async (sessionTimeoutMs) => {
      const driver = await driven({ sessionTimeoutMs }, forward, { partitions: 2 })
      const other = await driver.addWorker()
      await driver.settle()
      driver.worker.crash()
      await driver.advance(5_000)
      return other.app.tasks().length
    },
  },
  heartbeatIntervalMs: {
    values: [100, 4_000],
    observed: ['many', 'few'],
    observe: async (heartbeatIntervalMs) => {
      const driver = await driven({ heartbeatIntervalMs }, forward)
      const beats = driver.log.faults.at('heartbeat', { kind: 'run', run: () => undefined }, { times: 1e9 })
      await driver.advance(10_000)
      return beats.hits >= 90 ? 'many' : beats.hits <= 4 ? 'few' : beats.hits
    },
  },
  rebalanceTimeoutMs: {
    values: [1_000, 60_000],
    observed: [true, false],
    // Whether a worker that cannot give its partitions up has lost them 20 s after another one came.
    observe: async (rebalanceTimeoutMs) => {
      const settings = { rebalanceTimeoutMs, sessionTimeoutMs: 60_000, commitIntervalMs: 50 }
      const driver = await driven(settings, forward, { partitions: 2 })
      driver.log.faults.at('commit:before-end', { kind: 'hold' })
      send(driver, 4, 4)
      await driver.advance(100)
      const kinds: string[] = []
      driver.built.app.on('rebalance', ({ kind }) => kinds.push(kind))
      await driver.addWorker()
      await driver.clock.advance(20_000)
      return kinds.includes('lost')
    },
  },
  rebalance: {
    values: ['eager', 'cooperative'],
    observed: [4, 2],
    // Partitions that a worker gives up when another one comes.
    observe: async (rebalance) => {
      const driver = await driven({ rebalance }, forward, { partitions: 4 })
      let revoked = 0
      driver.built.app.on('rebalance', ({ kind, partitions }) => {
        if (kind === 'revoked') revoked += partitions.length
      })
      await driver.addWorker()
      await driver.settle()
      return revoked
    },
  },
  leaveOnStop: {
    values: [true, false],
    observed: [2, 1],
    // Tasks of a worker right after the other one has stopped.
    observe: async (leaveOnStop) => {
      const driver = await driven({ leaveOnStop }, forward, { partitions: 2 })
      const other = await driver.addWorker()
      await driver.settle()
      await driver.worker.stop()
      await driver.advance(2_000)
      return other.app.tasks().length
    },
  },
}
