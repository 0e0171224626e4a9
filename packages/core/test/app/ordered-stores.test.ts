import { expect, it } from 'vitest'
import { OpenParts } from '../../src/app/open-parts.ts'
import { openStores } from '../../src/app/open-stores.ts'
import { json, string } from '../../src/serde/index.ts'
import { systemClock } from '../../src/service/index.ts'
import type { Store } from '../../src/store/index.ts'
import {
  declareExpiringTable,
  declareSetTable,
  declareTable,
  declareTimestampedTable,
  declareVersionedTable,
} from '../../src/table/index.ts'

const formats = { key: string(), value: json<number>() }
const unordered: Store = {
  contract: 1,
  name: 'heap',
  supports: { persistent: false, ordered: false, shared: false },
  start: async () => undefined,
  open: () => Promise.reject(new Error('not asked for here')),
  apply: () => undefined,
  close: async () => undefined,
}

function open(table: Parameters<typeof openStores>[0]['tables'][number]): Promise<Store> {
  const context = { appId: 'app', log: () => undefined }
  return openStores(
    { store: unordered, tables: [table], globalTables: [], adapters: [], context },
    new OpenParts(systemClock, () => undefined),
  )
}

it.each([
  declareExpiringTable('app', 'rows', { ...formats, ttl: {} }),
  declareTimestampedTable('app', 'rows', { ...formats, graceMs: 1 }),
  declareVersionedTable('app', 'rows', { ...formats, historyMs: 1 }),
])('a table that finds its rows by their order is refused on a store without one: %o', async (table) => {
  await expect(open(table)).rejects.toMatchObject({
    code: 'STREAM_NOT_SUPPORTED',
    message: expect.stringMatching(/table "rows" .* the store heap keeps none; give the table an ordered store/),
  })
})

it.each([declareTable('app', 'rows', formats), declareSetTable('app', 'rows', { key: string(), member: string() })])(
  'a table that can do without order is not: %o',
  async (table) => {
    expect(await open(table)).toBe(unordered)
  },
)
