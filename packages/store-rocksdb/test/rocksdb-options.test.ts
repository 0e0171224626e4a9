import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'
import adapter, { rocksdb } from '@stream/store-rocksdb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { context, temporaryDirectory } from './place.ts'

const invalid = expect.toSatisfy((error) => StreamError.is(error, 'STREAM_CONFIG_INVALID'))

describe('rocksdb()', () => {
  it.each([
    ['an unknown option', { cachBytes: 1 << 20 }],
    ['an empty path', { path: '' }],
    ['a path that is no text', { path: 1 }],
    ['a cache of no size', { cacheBytes: 0 }],
    ['a cache beyond 32 bits', { cacheBytes: 2 ** 32 }],
    ['a size that is no whole number', { writeBufferBytes: 5e6 + 0.5 }],
    ['write buffers that are too small', { writeBufferBytes: 1 << 20 }],
    ['a switch that is none', { dropUnknownTables: 1 }],
  ])('refuses %s', (_, options) => {
    expect(() => rocksdb(options as object)).toThrow(invalid)
  })

  it('touches nothing before it is started, and can be closed then', async () => {
    const path = join(temporaryDirectory(), 'state')
    const store = rocksdb({ path })
    await store.close()
    expect(existsSync(path)).toBe(false)
    await expect(store.start(context())).rejects.toSatisfy((error) => StreamError.is(error, 'STREAM_CLOSED'))
  })

  it('cannot be used before it is started', async () => {
    await expect(rocksdb().open({ table: 't', partition: 0 })).rejects.toSatisfy((error) =>
      StreamError.is(error, 'STREAM_STATE_INVALID'),
    )
  })
})

describe('rocksdb://', () => {
  it('takes the path behind it, with its options', async () => {
    const path = join(temporaryDirectory(), 'a state')
    const url = `rocksdb://${path.replace(' ', '%20')}?cacheBytes=4194304&writeBufferBytes=4194304&dropUnknownTables=true`
    const store = adapter.fromUrl(url)
    onTestFinished(() => store.close())
    await store.start(context())
    expect(readdirSync(path)).toContain('rocksdb')
    expect(adapter.scheme).toBe(store.name)
  })

  it('takes the state directory of the app without a path', async () => {
    const stateDir = temporaryDirectory()
    const store = adapter.fromUrl('rocksdb://')
    onTestFinished(() => store.close())
    await store.start(context({ stateDir }))
    expect(readdirSync(stateDir)).toEqual(['app.rocksdb'])
  })

  it.each([
    'rocksdb:./state',
    'rocksdb://./state?cache=1',
    'rocksdb://./state?cacheBytes=1MiB',
    'rocksdb://./state?cacheBytes=4194304&cacheBytes=4194304',
    'rocksdb://./state?dropUnknownTables=yes',
    'rocksdb://./state#there',
    'rocksdb://./100%',
  ])('refuses %s', (url) => {
    expect(() => adapter.fromUrl(url)).toThrow(invalid)
  })
})
