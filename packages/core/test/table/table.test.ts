import { describe, expect, it } from 'vitest'
import { StreamError, type StreamErrorCode } from '../../src/errors/index.ts'
import { json, string } from '../../src/serde/index.ts'
import { connectTable, declareTable, handlesForEvents, type TableQuerySource } from '../../src/table/index.ts'
import { FakeEvent, type Rows } from '../agent/fake-event.ts'

interface Delay {
  flights: number
}

const options = { key: string(), value: json<Delay>() }
const zero = (): Delay => ({ flights: 0 })
const delays = declareTable('app', 'delays', { ...options, default: zero })
const sparse = declareTable('app', 'sparse', options)

function errorOf(call: () => unknown): StreamError {
  try {
    call()
  } catch (error) {
    if (StreamError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

async function rejectionOf(promise: Promise<unknown>): Promise<StreamErrorCode | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (StreamError.is(error) ? error.code : undefined),
  )
}

function source(rows: ReadonlyMap<unknown, unknown>): TableQuerySource {
  const committed = new FakeEvent(null, null, { rows: new Map([['queried', new Map(rows)]]) })
  return {
    committedRowsOf: (table) => committed.table(table),
    committedRows: (table) => [committed.table(table)],
  }
}

describe('a declared table', () => {
  it('has a compacted changelog of its own, with the configs and partitions asked for', () => {
    const table = declareTable('app', 't', { ...options, configs: { 'segment.ms': '1000' }, partitions: 6 })
    expect(table.changelog).toMatchObject({
      name: 'app-t-changelog',
      role: 'changelog',
      partitions: 6,
      configs: { 'cleanup.policy': 'compact', 'segment.ms': '1000' },
    })
    expect('partitions' in sparse.changelog).toBe(false)
    expect('default' in sparse).toBe(false)
  })
  it.each([
    [{ value: json() }, 'has no serde for its key'],
    [{ key: string() }, 'has no serde for its value'],
    [undefined, 'has no serde for its key'],
    [{ ...options, default: { flights: 0 } }, 'default that is not a function'],
    [{ ...options, configs: { 'cleanup.policy': 'delete' } }, 'leave that config out'],
  ])('is refused where it cannot be one: %o', (wrong, reason) => {
    const error = errorOf(() => declareTable('app', 't', wrong as unknown as typeof options))
    expect(error.code).toBe('STREAM_DECLARATION_INVALID')
    expect(error.message).toContain('Table "t"')
    expect(error.message).toContain(reason)
  })
  it.each(['set', 'update', 'delete'] as const)('refuses %s outside a task and says how to write', (method) => {
    const error = errorOf(() => delays[method]('BOS', { flights: 1 }))
    expect(error.code).toBe('STREAM_NO_TASK')
    expect(error.message).toContain(`${method}()`)
    expect(error.message).toContain('tables: { delays }')
  })
  it('refuses get outside a task and names query', () => {
    const error = errorOf(() => delays.get('BOS'))
    expect(error.code).toBe('STREAM_NO_TASK')
    expect(error.message).toContain('query(key)')
  })
  it('answers no query unless the app runs', async () => {
    const table = declareTable('app', 'queried', { ...options, default: zero })
    await expect(table.query('BOS')).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
    expect(errorOf(() => table.queryAll()).code).toBe('STREAM_STATE_INVALID')
    connectTable(table, source(new Map([['BOS', { flights: 3 }]])))
    expect(await table.query('BOS')).toEqual({ flights: 3 })
    expect(await table.query('JFK')).toEqual({ flights: 0 })
    const rows = []
    for await (const row of table.queryAll()) rows.push(row)
    expect(rows).toEqual([['BOS', { flights: 3 }]])
    connectTable(table, undefined)
    await expect(table.query('BOS')).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })
  it('is the only thing that can be connected', () => {
    const copy = { ...sparse } as unknown as typeof sparse
    expect(errorOf(() => connectTable(copy, undefined)).code).toBe('STREAM_DECLARATION_INVALID')
  })
})

describe.each([false, true])('a handle, over a remote store: %s', (isRemote) => {
  const bind = handlesForEvents({ delays, sparse })

  function setUp(): { event: FakeEvent; rows: Rows } {
    const rows: Rows = new Map([
      ['delays', new Map([['BOS', { flights: 3 }]])],
      ['sparse', new Map([['BOS', { flights: 4 }]])],
    ])
    return { event: new FakeEvent('BOS', 1, { rows, isRemote }), rows }
  }

  it('applies the default where there is no row, and only there', async () => {
    const tables = bind(setUp().event)
    expect(await tables.delays.get('BOS')).toEqual({ flights: 3 })
    expect(await tables.delays.get('JFK')).toEqual({ flights: 0 })
    expect(await tables.sparse.get('JFK')).toBeUndefined()
    expect(await tables.delays.getMany(['JFK', 'BOS'])).toEqual([{ flights: 0 }, { flights: 3 }])
    expect(await tables.sparse.getMany(['JFK', 'BOS'])).toEqual([undefined, { flights: 4 }])
    expect(await tables.delays.has('JFK')).toBe(false)
    expect(await tables.delays.has('BOS')).toBe(true)
  })
  it('makes a fresh default for every read', async () => {
    const tables = bind(setUp().event)
    const first = await tables.delays.get('JFK')
    expect(await tables.delays.get('JFK')).not.toBe(first)
  })
  it('reads what it wrote, and iterates over it', async () => {
    const tables = bind(setUp().event)
    tables.delays.set('JFK', { flights: 9 })
    expect(await tables.delays.get('JFK')).toEqual({ flights: 9 })
    const keys = []
    for await (const key of tables.delays.keys()) keys.push(key)
    expect(keys).toEqual(['BOS', 'JFK'])
    tables.delays.delete('BOS')
    const rows = []
    for await (const row of tables.delays.entries()) rows.push(row)
    expect(rows).toEqual([['JFK', { flights: 9 }]])
  })
  it('updates by reading, changing and writing', async () => {
    const { event, rows } = setUp()
    const tables = bind(event)
    expect(await tables.delays.update('BOS', (d) => ({ flights: d.flights + 1 }))).toEqual({ flights: 4 })
    expect(await tables.delays.update('JFK', async (d) => ({ flights: d.flights + 1 }))).toEqual({ flights: 1 })
    expect([...rows.get('delays')!]).toEqual([
      ['BOS', { flights: 4 }],
      ['JFK', { flights: 1 }],
    ])
  })
  it('loses no update of overlapping ones, whatever each waits for', async () => {
    const { event, rows } = setUp()
    const tables = bind(event)
    const changes = Array.from({ length: 20 }, (_, i) =>
      i % 3 === 0
        ? tables.delays.update('JFK', (d) => ({ flights: d.flights + 1 }))
        : tables.delays.update('JFK', async (d) => {
            for (let turn = 0; turn < i; turn++) await undefined
            return { flights: d.flights + 1 }
          }),
    )
    await Promise.all(changes)
    expect(rows.get('delays')!.get('JFK')).toEqual({ flights: 20 })
  })
  it('goes on after an update that failed', async () => {
    const tables = bind(setUp().event)
    const failed = tables.delays.update('BOS', async () => {
      throw new Error('no')
    })
    const next = tables.delays.update('BOS', (d) => ({ flights: d.flights + 1 }))
    await expect(failed).rejects.toThrow('no')
    expect(await next).toEqual({ flights: 4 })
  })
  it('lets an update of one row work on another', async () => {
    const tables = bind(setUp().event)
    await tables.delays.update('BOS', async (d) => {
      await tables.delays.update('JFK', async (other) => ({ flights: other.flights + d.flights }))
      return d
    })
    expect(await tables.delays.get('JFK')).toEqual({ flights: 3 })
  })
  it('is dead once its record is complete: reads reject, writes throw', async () => {
    const { event } = setUp()
    const tables = bind(event)
    const handle = tables.delays
    await handle.get('BOS')
    event.isExpired = true
    expect(await rejectionOf(handle.get('BOS'))).toBe('STREAM_HANDLE_EXPIRED')
    expect(await rejectionOf(handle.getMany(['BOS']))).toBe('STREAM_HANDLE_EXPIRED')
    expect(await rejectionOf(handle.has('BOS'))).toBe('STREAM_HANDLE_EXPIRED')
    expect(await rejectionOf(handle.update('BOS', (d) => d))).toBe('STREAM_HANDLE_EXPIRED')
    expect(errorOf(() => handle.set('BOS', { flights: 1 })).code).toBe('STREAM_HANDLE_EXPIRED')
    expect(errorOf(() => handle.delete('BOS')).code).toBe('STREAM_HANDLE_EXPIRED')
  })
  it('writes nothing for an update that outlived its record', async () => {
    const { event, rows } = setUp()
    const late = bind(event).delays.update('BOS', async () => ({ flights: 99 }))
    event.isExpired = true
    expect(await rejectionOf(late)).toBe('STREAM_HANDLE_EXPIRED')
    expect(rows.get('delays')!.get('BOS')).toEqual({ flights: 3 })
  })
})

describe('handles of an event', () => {
  it('cost nothing where they are not used, and bind a table once', async () => {
    const event = new FakeEvent('BOS', 1)
    const tables = handlesForEvents({ delays, sparse })(event)
    expect(event.bound).toBe(0)
    await tables.delays.get('a')
    await tables.delays.get('b')
    expect(tables.delays).toBe(tables.delays)
    expect(event.bound).toBe(1)
  })
  it('belong to their own event each', async () => {
    const bind = handlesForEvents({ delays })
    const one = new FakeEvent('a', 1)
    const other = new FakeEvent('b', 1)
    await Promise.all([bind(one).delays.get('a'), bind(other).delays.get('b')])
    expect([one.bound, other.bound]).toEqual([1, 1])
  })
  it('go by the names of the declaration, whatever these are', async () => {
    const rows: Rows = new Map([['delays', new Map([['BOS', { flights: 3 }]])]])
    const tables = handlesForEvents({ constructor: delays, toString: sparse })(new FakeEvent('BOS', 1, { rows }))
    expect(await tables.constructor.get('BOS')).toEqual({ flights: 3 })
    expect(await tables.toString.get('BOS')).toBeUndefined()
  })
})
