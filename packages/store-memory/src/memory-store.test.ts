import { StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import adapter, { memory } from './index.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const at = (changelogOffset: number) => ({ changelogOffset, writtenAtMs: 1 })
const refusal = (code: StreamErrorCode) => expect.toSatisfy((error) => StreamError.is(error, code))

describe('memory store', () => {
  it.each([1, 100, 5000])('hands out values of %i bytes that are nobody else’s', async (size) => {
    const store = memory()
    const partition = await store.open({ table: 't', partition: 0 })
    const value = new Uint8Array(size).fill(1)
    store.apply([{ partition, rows: [[bytes('a'), value]], position: at(1) }])
    value.fill(2)
    const first = (await partition.get(bytes('a'))) as Uint8Array
    expect(first).toEqual(new Uint8Array(size).fill(1))
    first.fill(3)
    expect(await partition.get(bytes('a'))).toEqual(new Uint8Array(size).fill(1))
    for (const row of (await partition.range?.({}, 1)) ?? []) for (const bytes of row) bytes.fill(4)
    store.apply([{ partition, rows: [[bytes('a'), new Uint8Array(size).fill(5)]], position: at(2) }])
    expect(first).toEqual(new Uint8Array(size).fill(3))
    expect(await partition.get(bytes('a'))).toEqual(new Uint8Array(size).fill(5))
  })

  it('answers a range at once where few rows are to be ordered, and in several turns where they are many', async () => {
    const store = memory()
    const partition = await store.open({ table: 't', partition: 0 })
    const rowsFrom = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => [bytes(`${first + i}`), bytes('v')] as const)
    store.apply([{ partition, rows: rowsFrom(10_000, 1000), position: at(1) }])
    expect(partition.range?.({}, 2)).toHaveLength(2)
    store.apply([{ partition, rows: rowsFrom(20_000, 60_000), position: at(2) }])
    expect(partition.range?.({}, 2)).toHaveLength(2)

    const unordered = await store.open({ table: 't', partition: 1 })
    store.apply([{ partition: unordered, rows: rowsFrom(10_000, 60_000), position: at(1) }])
    const under = unordered.range?.({}, 3)
    expect(under).toBeInstanceOf(Promise)
    // What comes and goes meanwhile counts.
    store.apply([
      {
        partition: unordered,
        rows: [
          [bytes('10000'), null],
          [bytes('1'), bytes('v')],
          [bytes('69999'), null],
        ],
        position: at(2),
      },
    ])
    const text = (rows: readonly (readonly [Uint8Array, Uint8Array])[] | undefined) =>
      rows?.map(([key]) => Buffer.from(key).toString())
    expect(text(await under)).toEqual(['1', '10001', '10002'])
    expect(text(await unordered.range?.({ reverse: true }, 1))).toEqual(['69998'])
  })

  it('ends a range that is on its way when its partition is closed', async () => {
    const store = memory()
    const partition = await store.open({ table: 't', partition: 0 })
    const rows = Array.from({ length: 20_000 }, (_, i) => [bytes(`${i}`), bytes('v')] as const)
    store.apply([{ partition, rows, position: at(1) }])
    const under = Promise.resolve(partition.range?.({}, 3))
    await Promise.all([
      expect(under).rejects.toSatisfy((error) => StreamError.is(error, 'STREAM_CLOSED')),
      partition.close(),
    ])
  })

  it('writes nothing of a call of which one partition is closed', async () => {
    const store = memory()
    const open = await store.open({ table: 't', partition: 0 })
    const closed = await store.open({ table: 't', partition: 1 })
    await closed.close()
    const write = { rows: [[bytes('a'), bytes('1')]] as const, position: at(1) }
    expect(() =>
      store.apply([
        { partition: open, ...write },
        { partition: closed, ...write },
      ]),
    ).toThrow(refusal('STREAM_CLOSED'))
    expect(open.get(bytes('a'))).toBeUndefined()
    expect(open.position).toBeUndefined()
  })

  it('refuses a write through the handle of an earlier opening', async () => {
    const store = memory()
    const former = await store.open({ table: 't', partition: 0 })
    await former.close()
    const current = await store.open({ table: 't', partition: 0 })
    expect(() => store.apply([{ partition: former, rows: [], position: at(1) }])).toThrow(refusal('STREAM_CLOSED'))
    await former.close()
    expect(current.position).toBeUndefined()
    store.apply([{ partition: current, rows: [], position: at(2) }])
    expect(current.position).toEqual(at(2))
  })

  it('is empty again after its last row is deleted, and takes rows as before', async () => {
    const store = memory()
    const partition = await store.open({ table: 't', partition: 0 })
    for (let round = 0; round < 3; round++) {
      store.apply([{ partition, rows: [[bytes('a'), bytes('1')]], position: at(1) }])
      expect(await partition.range?.({}, 10)).toHaveLength(1)
      store.apply([{ partition, rows: [[bytes('a'), null]], position: at(2) }])
      expect(await partition.range?.({}, 10)).toEqual([])
      expect(partition.count()).toEqual({ rows: 0, exact: true })
    }
  })
})

describe('memory://', () => {
  it('makes a store', () => {
    expect(adapter.scheme).toBe('memory')
    expect(adapter.fromUrl('memory://').name).toBe('memory')
  })

  it.each(['memory://', 'memory:'])('keeps nothing on disk as %s', (url) => {
    expect(adapter.fromUrl(url).supports.persistent).toBe(false)
  })

  it.each([
    'memory://./state',
    'memory:///tmp/state',
    'memory://../state?snapshotIntervalMs=5',
    'memory://?snapshotIntervalMs=5',
  ])('is persistent as %s', (url) => expect(adapter.fromUrl(url).supports.persistent).toBe(true))

  it.each([
    'memory://name',
    'memory://?path=x',
    'memory://./x%',
    'memory://./x?snapshotIntervalMs=1&snapshotIntervalMs=1',
    'memory://./x?snapshotIntervalMs=0',
    'memory://./x?snapshotIntervalMs=soon',
  ])('refuses %s', (url) => {
    expect(() => adapter.fromUrl(url)).toThrow(refusal('STREAM_CONFIG_INVALID'))
  })
})
