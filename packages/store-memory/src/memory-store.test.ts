import { StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import adapter, { memory } from './index.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const at = (changelogOffset: number) => ({ changelogOffset, writtenAtMs: 1 })
const refusal = (code: StreamErrorCode) => expect.toSatisfy((error) => StreamError.is(error, code))

describe('memory store', () => {
  it('keeps the very arrays it was given', async () => {
    const store = memory()
    const partition = await store.open({ table: 't', partition: 0 })
    const value = bytes('1')
    store.apply([{ partition, rows: [[bytes('a'), value]], position: at(1) }])
    expect(partition.get(bytes('a'))).toBe(value)
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
      expect(partition.range?.({}, 10)).toHaveLength(1)
      store.apply([{ partition, rows: [[bytes('a'), null]], position: at(2) }])
      expect(partition.range?.({}, 10)).toEqual([])
      expect(partition.count()).toEqual({ rows: 0, exact: true })
    }
  })
})

describe('memory://', () => {
  it('makes a store', () => {
    expect(adapter.scheme).toBe('memory')
    expect(adapter.fromUrl('memory://').name).toBe('memory')
  })

  it.each(['memory://name', 'memory://?path=x', 'memory:///tmp'])('refuses %s', (url) => {
    expect(() => adapter.fromUrl(url)).toThrow(refusal('STREAM_CONFIG_INVALID'))
  })
})
