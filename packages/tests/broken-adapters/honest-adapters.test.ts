import { storeConformance, transportConformance } from '@stream/conformance'
import {
  type Admin,
  type GroupOptions,
  type Store,
  type StorePartition,
  StreamError,
  type TransportSupports,
} from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { describe, expect, it } from 'vitest'
import { bentStore } from './broken-store.ts'
import { recordTransport, type TransportBend } from './broken-transport.ts'
import { override } from './override.ts'
import { record } from './recording-runner.ts'

function notSupported(what: string): StreamError {
  return new StreamError({ code: 'STREAM_NOT_SUPPORTED', message: `This transport has no ${what}.` })
}

const nothing: TransportSupports = Object.freeze({
  groupFencing: false,
  cooperative: false,
  assignor: false,
  staticMembership: false,
  producedOffsets: false,
  deleteRecords: false,
  describeConfigs: false,
})

function plainOptions({ assignor: _, userData: __, ...options }: GroupOptions): GroupOptions {
  if (options.instanceId !== undefined) throw notSupported('static membership')
  if (options.rebalance === 'cooperative') throw notSupported('cooperative rebalance')
  return options
}

const modest: TransportBend = {
  transport: () => ({
    supports: nothing,
    committer() {
      throw notSupported('fenced transactions')
    },
  }),
  groupOptions: plainOptions,
  producer: (inner) => ({
    send: async (batches) => (await inner.send(batches)).map(({ baseOffset: _, ...produced }) => produced),
  }),
  admin: (inner): Partial<Admin> => ({
    deleteRecords: async () => {
      throw notSupported('deleteRecords')
    },
    async describeTopics(names) {
      const found = await inner.describeTopics(names)
      return new Map([...found].map(([name, { configs: _, ...topic }]) => [name, topic]))
    },
  }),
}

describe('the kit for transports', () => {
  it('passes a transport that can do little and says so', async () => {
    const { passed, failed } = await recordTransport(modest)
    expect([...failed]).toEqual([])
    expect(passed.length).toBeGreaterThan(100)
  })

  it('fails a transport for every flag that promises more than there is', async () => {
    const flags = Object.keys(nothing) as (keyof TransportSupports)[]
    const boasts = flags.map(async (flag) => {
      const supports = Object.freeze({ ...nothing, [flag]: true })
      const { failed } = await recordTransport({
        ...modest,
        transport: (inner) => ({ ...modest.transport?.(inner), supports }),
      })
      return failed.size > 0
    })
    expect(await Promise.all(boasts)).toEqual(flags.map(() => true))
  })

  it('refuses options it does not have, since one of them could be meant to skip a case', () => {
    const runner = { describe: () => {}, it: () => {}, beforeEach: () => {}, afterEach: () => {} }
    const open = (): never => {
      throw new Error('not called')
    }
    const invalid = expect.toSatisfy((error) => StreamError.is(error, 'STREAM_CONFIG_INVALID'))
    const skipping = { name: 'x', open, skip: ['fencing'] }
    expect(() => transportConformance(runner, skipping)).toThrow(invalid)
    expect(() => storeConformance(runner, skipping)).toThrow(invalid)
    const misspelled = { sessionTimeout: 10 } as object
    expect(() => transportConformance(runner, { name: 'x', open, timing: misspelled })).toThrow(invalid)
  })
})

/** Keeps rows beyond its store objects, as a place on disk does. */
function persistentPlace(): () => Store {
  const place = memory()
  return () => {
    const opened = new Map<StorePartition, StorePartition>()
    let isClosed = false
    const assertOpen = (): void => {
      if (isClosed) throw new StreamError({ code: 'STREAM_CLOSED', message: 'This store object is closed.' })
    }
    return override(place, {
      supports: Object.freeze({ persistent: true, ordered: true, shared: false }),
      async open(id) {
        assertOpen()
        const inner = await place.open(id)
        opened.set(inner, inner)
        return inner
      },
      apply(writes) {
        assertOpen()
        return place.apply(writes)
      },
      async close() {
        isClosed = true
        for (const partition of opened.values()) await partition.close()
      },
    })
  }
}

describe('the kit for stores', () => {
  it('passes a store that is not ordered and says so', async () => {
    const open = (): Store =>
      bentStore({
        store: { supports: Object.freeze({ persistent: false, ordered: false, shared: false }) },
        partition: () => ({ range: undefined }) as unknown as Partial<StorePartition>,
      })
    const { passed, failed } = await record((runner) => storeConformance(runner, { name: 'unordered', open }))
    expect([...failed]).toEqual([])
    expect(passed.length).toBeGreaterThan(50)
  })

  it('passes a store that is persistent and says so', async () => {
    const open = persistentPlace()
    const { failed } = await record((runner) => storeConformance(runner, { name: 'persistent', open }))
    expect([...failed]).toEqual([])
  })

  it('fails a store that says it is persistent and forgets', async () => {
    const open = (): Store =>
      bentStore({ store: { supports: Object.freeze({ persistent: true, ordered: true, shared: false }) } })
    const { failed } = await record((runner) => storeConformance(runner, { name: 'forgetful', open }))
    expect([...failed.keys()]).toEqual([
      'persistence > rows and position survive the store object where persistent says so, else both are gone',
      expect.stringContaining('a former owner writes nothing'),
    ])
  })

  it('passes a store that answers everything by promises', async () => {
    const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)))
    const open = (): Store =>
      bentStore({
        partition: (inner) => ({
          get: async (key) => later(await inner.get(key)),
          getMany: async (keys) => later(await inner.getMany(keys)),
          count: async () => later(await inner.count()),
        }),
        async apply(writes, inner) {
          await later(undefined)
          await inner.apply(writes)
        },
      })
    const { failed } = await record((runner) => storeConformance(runner, { name: 'remote', open }))
    expect([...failed]).toEqual([])
  })
})
