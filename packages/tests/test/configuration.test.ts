import { App, json, string } from '@stream/core'
import { contractVersion, type Store, type StoreAdapter, type Transport } from '@stream/core/adapter'
import storeAdapter, { memory as memoryStore } from '@stream/store-memory'
import transportAdapter, { memory } from '@stream/transport-memory'
import { describe, expect, it } from 'vitest'
import { quietProcess } from '../src/cases/index.ts'

const formats = { key: string(), value: json<number>() }

function appWith(options: Partial<ConstructorParameters<typeof App>[0]>, env: Record<string, string> = {}): App {
  const app = new App({ id: 'configured', log: () => undefined, runtime: { process: quietProcess(env) }, ...options })
  const rows = app.table('rows', formats)
  app.handler('h', { source: app.topic('in', formats), tables: { rows } }, () => undefined)
  return app
}

describe('settings', () => {
  it('that are unknown, of a wrong type, out of range or impossible together are all told in one error', () => {
    const settings = {
      comitIntervalMs: 5,
      fetchWaitMs: 'soon',
      sliceMs: -1,
      sessionTimeoutMs: 1_000,
      heartbeatIntervalMs: 900,
    }
    const make = () => appWith({ settings: settings as never }, { STREAM_DRAIN_TIMEOUT_MS: 'never' })
    let message = ''
    try {
      make()
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'STREAM_CONFIG_INVALID' })
      message = (thrown as Error).message
    }
    expect(message).toMatch(/comitIntervalMs.*did you mean commitIntervalMs/)
    for (const name of ['fetchWaitMs', 'sliceMs', 'STREAM_DRAIN_TIMEOUT_MS']) expect(message).toContain(name)
  })

  it('that contradict each other are refused with both names', () => {
    const make = () => appWith({ settings: { sessionTimeoutMs: 1_000, heartbeatIntervalMs: 900 } })
    expect(make).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/heartbeatIntervalMs.*sessionTimeoutMs/s) }),
    )
  })

  it('come from the environment before code before the default, and tell which it was', () => {
    const app = appWith(
      { settings: { commitIntervalMs: 7, fetchWaitMs: 8 }, transport: 'kafkajs://localhost:9092' },
      { STREAM_COMMIT_INTERVAL_MS: '9' },
    )
    const explained = new Map(app.config.explain().map((setting) => [setting.name, setting]))
    expect(explained.get('commitIntervalMs')).toMatchObject({ value: 9, source: 'environment' })
    expect(explained.get('fetchWaitMs')).toMatchObject({ value: 8, source: 'code' })
    expect(explained.get('sliceMs')).toMatchObject({ value: 10, source: 'default' })
  })
})

describe('adapters by their strings', () => {
  it('memory:// for both runs an app', async () => {
    const app = appWith({
      transport: 'memory://adapters-by-string',
      store: 'memory://',
      adapters: [transportAdapter, storeAdapter],
    })
    await app.start()
    await app.stop()
    expect(app.state).toBe('stopped')
  })

  it.each([
    ['transport', { transport: 'kafkjs://localhost:9092', store: memoryStore() }, 'kafkajs'],
    ['store', { transport: memory({ log: 'misspelled' }), store: 'memry://' }, 'memory'],
  ] as const)('a misspelled scheme of a %s names the nearest one', async (_, options, nearest) => {
    await expect(appWith(options).start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_UNKNOWN',
      message: expect.stringContaining(`did you mean ${nearest}`),
    })
  })

  it('a package that is not installed prints the command that installs it', async () => {
    const app = appWith({ transport: memory({ log: 'missing' }), store: 'rocksdb://./state' })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_MISSING',
      message: expect.stringMatching(/run (npm install|pnpm add) @stream\/store-rocksdb/),
    })
  })

  it('an adapter of another contract version is refused with both versions', async () => {
    const store: Store = Object.assign(memoryStore(), { contract: contractVersion + 1 })
    const adapter: StoreAdapter = {
      kind: 'store',
      scheme: 'future',
      contract: contractVersion + 1,
      fromUrl: () => store,
    }
    const byString = appWith({ transport: memory({ log: 'contract' }), store: 'future://', adapters: [adapter] })
    const sentence = new RegExp(`contract.*${contractVersion + 1}.*${contractVersion}`, 's')
    await expect(byString.start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_INCOMPATIBLE',
      message: expect.stringMatching(sentence),
    })
    const transport = Object.assign(memory({ log: 'contract' }), { contract: 0 }) as Transport
    await expect(appWith({ transport, store: memoryStore() }).start()).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_INCOMPATIBLE',
    })
  })
})

it('what an address holds of credentials is never shown', () => {
  const app = appWith({}, { STREAM_TRANSPORT: 'kafkajs://user:hunter2@host:9092' })
  expect(JSON.stringify(app.config.explain())).not.toContain('hunter2')
})
